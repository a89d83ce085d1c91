// Clients other than the SDK for Node.js, each as a transcript of what it puts on the wire, played to a whole hub over TLS.
// Goal: every form of user name, token, topic and filter that published clients use is understood. Method: connect, subscribe, read the twin,
// report, be told of a desired property, answer a method, send telemetry and come back, in the words of each client.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playOnHub } from '../../support/hub-transcript.ts';
import { sasKeys } from '../../support/identities.ts';
import { transcript } from '../../support/mqtt-transcript.ts';
import { createModule } from '../../support/modules.ts';
import { openTestHub, type TestHub } from '../../support/test-hub.ts';
import { MODULE_SCRIPTS } from './module-scripts.ts';
import { OTHER_SCRIPTS } from './other-scripts.ts';
import { SDK_SCRIPTS } from './sdk-scripts.ts';

let hub: TestHub;
beforeAll(async () => (hub = await openTestHub()));
afterAll(() => hub.close());

describe('The hub', () => {
  it.each([...SDK_SCRIPTS, ...OTHER_SCRIPTS, ...MODULE_SCRIPTS])(
    'understands a client that speaks as $name does.',
    async ({ deviceId, moduleId, token, lines: text }) => {
      const identity = moduleId === undefined ? await hub.createDevice(deviceId) : await createModule(hub, { deviceId, moduleId });
      const password = signed(token, sasKeys(identity).primaryKey);
      const lines = transcript(text);

      const played = await playOnHub({ hub, identity: { deviceId, moduleId }, password }, lines);

      expect(played).toEqual(lines);
    },
  );
});

/** The token with its signature over the resource as it stands there. @param key base64. */
function signed(token: string, key: string): string {
  const [, resource = ''] = /sr=([^&]*)/.exec(token) ?? [];
  const [, expiry = ''] = /se=([^&]*)/.exec(token) ?? [];
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(`${resource}\n${expiry}`).digest('base64');
  const encoded = encodeURIComponent(signature);
  const small = encoded.replaceAll(/%../g, (hex) => hex.toLowerCase());
  return token.replace('{sig}', signature).replace('{Sig}', small).replace('{SIG}', encoded);
}
