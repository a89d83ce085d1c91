// Who may come in with a certificate, and what is told of those who may not.
import { expect, test } from 'vitest';
import type { Authentication } from '../../../src/domain/identity/authentication.ts';
import type { ClientCertificate } from '../../../src/domain/certificate/client-certificate.ts';
import { HubError } from '../../../src/domain/errors.ts';
import { reasonOf } from '../../../src/hub/access.ts';
import { type Made, makeCa, makeClient } from '../../support/certificates.ts';
import { openHub, type OpenHub } from '../../support/open-hub.ts';
import { BY_CA, byThumbprint, registerDevice, trustCa } from '../../support/x509-devices.ts';

const UNIFORM = 'Authentication failed for this device, renew token or certificate and reconnect.';

/** Certificates that are valid by the clock of the hub under test. */
function times({ clock }: OpenHub): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: clock.nowMs() - 60_000, toMs: clock.nowMs() + 60_000 };
}

function shown({ der }: Made): ClientCertificate {
  return { chain: [der], isResumed: false };
}

async function refusalOf(open: OpenHub, deviceId: string, made: Made): Promise<HubError> {
  const error: unknown = await open.hub.access
    .authenticateDevice({ deviceId }, undefined, shown(made))
    .catch((refusal: unknown) => refusal);
  if (error instanceof HubError) return error;
  throw new Error('nothing was refused');
}

test('A device is let in by its thumbprint until its certificate ends, and nothing but its identity vouches for it.', async () => {
  await using open = await openHub();
  const own = await makeClient('x', undefined, times(open));
  const { etag } = await registerDevice(open.hub, 'lamp', byThumbprint(own.sha256));

  const principal = await open.hub.access.authenticateDevice({ deviceId: 'lamp' }, undefined, shown(own));

  expect(principal).toEqual({ deviceId: 'lamp', etag, expiresAtMs: times(open).toMs, signedBy: undefined });
});

test('A device is let in by a CA, which vouches for it.', async () => {
  await using open = await openHub();
  const ca = await makeCa('ca', times(open));
  await trustCa(open.hub, 'ca', ca);
  const { etag } = await registerDevice(open.hub, 'lamp', BY_CA);

  const principal = await open.hub.access.authenticateDevice(
    { deviceId: 'lamp' },
    undefined,
    shown(await makeClient('lamp', ca, times(open))),
  );

  expect(principal).toEqual({ deviceId: 'lamp', etag, expiresAtMs: times(open).toMs, signedBy: { caSha256: ca.sha256 } });
});

test('Whatever is wrong, a client is told the same, and the log the reason.', async () => {
  await using open = await openHub();
  const ca = await makeCa('ca', times(open));
  await trustCa(open.hub, 'ca', ca);
  const other = await makeClient('other', ca, times(open));
  const cases: readonly (readonly [string, Authentication | undefined, RegExp])[] = [
    ['unknown', undefined, /^Authentication failed/],
    ['by-ca', BY_CA, /^The common name of the certificate must be by-ca, but its subject is 'CN=other'\.$/],
    ['by-thumbprint', byThumbprint('00'.repeat(20)), /^Thumbprint does not match configuration/],
    ['without-thumbprint', byThumbprint(null), /^Thumbprint does not match configuration/],
    ['none', { type: 'none' }, /whose authentication is none\.$/],
  ];
  await open.createDevice('by-keys');

  const refusals = [await refusalOf(open, 'by-keys', other)];
  for (const [deviceId, authentication] of cases) {
    if (authentication) await registerDevice(open.hub, deviceId, authentication);
    refusals.push(await refusalOf(open, deviceId, other));
  }

  expect(new Set(refusals.map(({ code, message }) => `${code} ${message}`))).toEqual(new Set([`IotHubUnauthorizedAccess ${UNIFORM}`]));
  const reasons = refusals.map(reasonOf);
  expect(reasons.shift()).toMatch(/whose authentication is sas\.$/);
  for (const [index, [, , reason]] of cases.entries()) expect(reasons[index]).toMatch(reason);
});

test('A module is let in by the name of its device and its own.', async () => {
  await using open = await openHub();
  const ca = await makeCa('ca', times(open));
  await trustCa(open.hub, 'ca', ca);
  await open.createDevice('lamp');
  const id = { deviceId: 'lamp', moduleId: 'dimmer' };
  const spec = { ...id, managedBy: null, authentication: BY_CA };
  await open.hub.modules.put(spec, { kind: 'none' }, { policy: null, source: null });
  const signIn = async (commonName: string): Promise<unknown> =>
    open.hub.access.authenticateDevice(id, undefined, shown(await makeClient(commonName, ca, times(open))));

  await expect(signIn('lamp/dimmer')).resolves.toMatchObject(id);
  await expect(signIn('lamp')).rejects.toThrow(UNIFORM);
  await expect(signIn('dimmer')).rejects.toThrow(UNIFORM);
});
