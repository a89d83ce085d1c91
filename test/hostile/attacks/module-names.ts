// Modules under names that are none, that are not theirs, or that mean something elsewhere.
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Credentials, resourceOf, sasKeys } from '../../support/identities.ts';
import { connectPacket } from '../../support/mqtt-client.ts';
import { sasToken } from '../../support/test-hub.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import { answersIn, API, expectStatus, requestBytes } from '../http-answers.ts';
import { connackIn, packetBytes } from '../mqtt-packets.ts';
import type { Scene } from '../scene.ts';
import { signatureOf } from '../signatures.ts';

/** What may stand behind `{device id}/`; no device here has a module. */
const MODULE_IDS: readonly string[] = [
  '',
  '/',
  'm/m',
  '/m',
  'm/',
  '+',
  '#',
  'm+',
  '$share/g/#',
  '..',
  '../good-0',
  '%2F',
  'm%00',
  '__proto__',
  'constructor',
  '$edgeAgent',
  '$edgeHub',
  "'; drop table modules; --",
  'm'.repeat(128),
  'm'.repeat(129),
  'm'.repeat(60_000),
  '/'.repeat(60_000),
  '漢'.repeat(60),
  '?api-version=2021-04-12',
];

/** Signs as its device would, and as the module would if it had the keys of the device. */
async function clientIds(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  for (const moduleId of chance.some(MODULE_IDS, 6)) {
    const clientId = `${device.deviceId}/${moduleId}`;
    const resource = chance.flag() ? resourceOf(device) : resourceOf({ ...device, moduleId });
    const token = sasToken({ key: sasKeys(device).primaryKey, resource });
    scene.parts.keepSecret(signatureOf(token));
    await refused(scene, device, { clientId, username: `localhost/${clientId}/?${API}`, password: token });
    await refused(scene, device, { clientId, username: `localhost/${device.deviceId}/?${API}`, password: token });
    // Fields in place of a module are a user name of the device.
    if (moduleId.startsWith('?')) continue;
    await refused(scene, device, { clientId: device.deviceId, username: `localhost/${clientId}x/?${API}`, password: token });
  }
}

async function refused(
  scene: Scene,
  device: Credentials,
  { clientId, username, password }: { readonly clientId: string; readonly username: string; readonly password: string },
): Promise<void> {
  const line = await scene.openMqtt();
  const long = (text: string): string => text.slice(0, 65_000);
  line.write(
    packetBytes(connectPacket(device, { clientId: long(clientId), username: long(username), password: Buffer.from(long(password)) })),
  );
  await line.until(({ bytes }) => connackIn(bytes) !== undefined);
  const code = connackIn(line.bytes);
  demand(code === 2 || code === 5, `the client ${clientId.slice(0, 60)} was answered with ${code}`);
}

/** Models are kept with the device, so they are bounded, and whatever they hold comes back as it was. */
async function models(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  const modelId = chance.pick([
    '__proto__',
    '"}{',
    "'; drop table devices; --",
    '\\',
    'm'.repeat(LIMITS.modelIdChars.value),
    '<script>',
    '%',
  ]);
  const username = `localhost/${device.deviceId}/?${API}&model-id=${encodeURIComponent(modelId)}`;
  const line = await scene.openMqtt();
  line.write(packetBytes(connectPacket(device, { username })));
  await line.until(({ bytes }) => connackIn(bytes) !== undefined);
  demand(connackIn(line.bytes) === 0, `the model ${modelId} was answered with ${connackIn(line.bytes)}`);
  const answer = await scene.request({ method: 'GET', path: `/twins/${device.deviceId}?${API}` });
  expectStatus(answer, 200);
  demand(
    answer.body.includes(`"modelId":${JSON.stringify(modelId)}`),
    `the twin with the model ${modelId} is ${answer.body.slice(0, 300)}`,
  );
  for (const tooMuch of ['m'.repeat(LIMITS.modelIdChars.value + 1), 'm'.repeat(60_000), 'a%00b']) {
    await refused(scene, device, {
      clientId: device.deviceId,
      username: `localhost/${device.deviceId}/?${API}&model-id=${tooMuch}`,
      password: sasToken({ key: sasKeys(device).primaryKey, resource: resourceOf(device) }),
    });
  }
}

/** Tokens that name modules of the device, under its path. */
async function tokensOverHttp(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  for (const moduleId of chance.some(MODULE_IDS, 4)) {
    const resource = resourceOf({ ...device, moduleId: moduleId.slice(0, 300) });
    const token = sasToken({ key: sasKeys(device).primaryKey, resource });
    scene.parts.keepSecret(signatureOf(token));
    const line = await scene.openHttp();
    const path = `/devices/${device.deviceId}/messages/events?${API}`;
    line.write(requestBytes({ method: 'POST', path, headers: { authorization: token }, body: 'x' }));
    await line.until(({ text }) => answersIn(text).length > 0);
    const [answer] = answersIn(line.text);
    demand(answer?.status === 401 || answer?.status === 429, `the module ${moduleId.slice(0, 60)} was answered with ${answer?.status}`);
  }
}

export const MODULE_NAME_ATTACKS: readonly Attack[] = [
  { name: 'Modules: client ids and user names of every kind', round: clientIds },
  { name: 'Modules: tokens for modules under the path of a device', round: tokensOverHttp },
  { name: 'Models of every kind', round: models },
];
