// Tokens that are nearly right, and secrets in places where none belongs.
import { type Credentials, sasKeys, withKeys } from '../../support/identities.ts';
import { connectPacket, publishPacket } from '../../support/mqtt-client.ts';
import { sasToken } from '../../support/test-hub.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import { answersIn, API, expectStatus, requestBytes } from '../http-answers.ts';
import { connackIn, field, packetBytes, packetsIn, rawPacket } from '../mqtt-packets.ts';
import type { Scene } from '../scene.ts';
import { signatureOf } from '../signatures.ts';

type TokenParts = Parameters<typeof sasToken>[0];

/** What turns a good token into a bad one. `good` is the token, `parts` what it was made of. */
const FORGERIES: readonly (readonly [string, (good: string, parts: TokenParts, chance: Chance) => string])[] = [
  ['no token', () => ''],
  ['only its name', () => 'SharedAccessSignature'],
  ['another scheme', (good) => good.replace('SharedAccessSignature ', 'SharedAccessSignatur ')],
  ['lower case', (good) => good.toLowerCase()],
  ['a signature that is turned', (good, _, chance) => replaced(good, 'sig', encodeURIComponent(chance.bytes(32).toString('base64')))],
  ['a signature cut short', (good) => replaced(good, 'sig', encodeURIComponent(signatureOf(good).slice(0, 20)))],
  ['a signature that is no base64', (good) => replaced(good, 'sig', '%00%ff!!')],
  ['a signature in hexadecimal digits', (good) => replaced(good, 'sig', Buffer.from(signatureOf(good), 'base64').toString('hex'))],
  ['a signature with bad percent encoding', (good) => replaced(good, 'sig', '%zz%')],
  ['an empty signature', (good) => replaced(good, 'sig', '')],
  ['a giant signature', (good) => replaced(good, 'sig', 'A'.repeat(60_000))],
  ['an expiry that was not signed', (good) => replaced(good, 'se', '4000000001')],
  ['an expiry that is over', (_, parts) => sasToken({ ...parts, expirySeconds: 1 })],
  ['an expiry before the beginning', (_, parts) => sasToken({ ...parts, expirySeconds: -1 })],
  ['an expiry in another form', (good) => replaced(good, 'se', '4e9')],
  ['an expiry of many digits', (good) => replaced(good, 'se', '9'.repeat(400))],
  ['an expiry that is no number', (good) => replaced(good, 'se', 'NaN')],
  ['no expiry', (good) => good.replace(/&se=\d+/, '')],
  ['another host', (_, parts) => sasToken({ ...parts, resource: parts.resource.replace('localhost', 'elsewhere.example') })],
  ['another resource', (_, parts) => sasToken({ ...parts, resource: 'localhost%2Fdevices%2Fgood-0%2Fx' })],
  ['a resource that climbs', (_, parts) => sasToken({ ...parts, resource: 'localhost%2Fdevices%2F..%2F..' })],
  ['a resource with bad encoding', (good) => replaced(good, 'sr', '%zz%00%ff')],
  ['an empty resource', (good) => replaced(good, 'sr', '')],
  ['another policy', (_, parts) => sasToken({ ...parts, policyName: 'nobody' })],
  ['__proto__ for a policy', (_, parts) => sasToken({ ...parts, policyName: '__proto__' })],
  ['a signature twice', (good) => `${good}&sig=x`],
  ['an expiry twice', (good) => `${good}&se=4000000000`],
  ['a giant field', (good) => `${good}&x=${'y'.repeat(60_000)}`],
  ['another key', (_, parts, chance) => sasToken({ ...parts, key: chance.bytes(32).toString('base64') })],
];

function replaced(token: string, name: string, value: string): string {
  return token.replace(new RegExp(`\\b${name}=[^&]*`), `${name}=${value}`);
}

async function httpTokens(scene: Scene, chance: Chance): Promise<void> {
  const parts = { key: scene.parts.ownerKey, resource: 'localhost', policyName: 'iothubowner' };
  await Promise.all(
    chance.some(FORGERIES, 5).map(async ([name, forge]) => {
      const token = forge(sasToken(parts), parts, chance);
      scene.parts.keepSecret(signatureOf(token));
      const line = await scene.openHttp();
      line.write(requestBytes({ method: 'GET', path: `/devices?${API}`, headers: { authorization: token } }));
      await line.until(({ text }) => answersIn(text).length > 0);
      const [answer] = answersIn(line.text);
      demand(answer !== undefined && [401, 431].includes(answer.status), `a token with ${name} was answered with ${answer?.status}`);
    }),
  );
}

/** The device is new in each round: a hub may slow down one whose tokens were wrong. */
async function mqttTokens(scene: Scene, chance: Chance): Promise<void> {
  const deviceId = `signs-in-${chance.hex(12)}`;
  const key = chance.bytes(32).toString('base64');
  scene.parts.keepSecret(key);
  const keys = { primaryKey: key, secondaryKey: key };
  const path = `/devices/${deviceId}?${API}`;
  expectStatus(
    await scene.request({ method: 'PUT', path, body: JSON.stringify({ authentication: { type: 'sas', symmetricKey: keys } }) }),
    200,
  );
  const parts = { key, resource: encodeURIComponent(`localhost/devices/${deviceId}`) };
  const device = withKeys({ deviceId }, keys);
  await Promise.all(
    chance.some(FORGERIES, 5).map(async ([name, forge]) => {
      const token = forge(sasToken(parts), parts, chance);
      scene.parts.keepSecret(signatureOf(token));
      const line = await scene.openMqtt();
      line.write(packetBytes(connectPacket(device, { password: Buffer.from(token.slice(0, 65_535)) })));
      await line.until(({ bytes }) => connackIn(bytes) !== undefined);
      demand(connackIn(line.bytes) === 5, `a token with ${name} was answered with ${connackIn(line.bytes)}`);
    }),
  );
  await scene.openVictim(device);
  expectStatus(await scene.request({ method: 'DELETE', path, headers: { 'if-match': '*' } }), 204);
}

/** Apps that mix up what belongs where, and a peer that makes the hub complain about requests with secrets in them. */
async function misplacedSecrets(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  const { primaryKey } = sasKeys(device);
  const resource = encodeURIComponent(`localhost/devices/${device.deviceId}`);
  const token = sasToken({ key: primaryKey, resource, expirySeconds: 4_000_000_000 + chance.below(1000) });
  scene.parts.keepSecret(signatureOf(token));
  const connectionString = `HostName=localhost;SharedAccessKey=${primaryKey};DeviceId=${device.deviceId}`;
  for (const secret of [token, connectionString]) {
    await misplaceOverMqtt(scene, device, secret);
    await misplaceOverHttp(scene, secret);
  }
}

async function misplaceOverMqtt(scene: Scene, device: Credentials, secret: string): Promise<void> {
  for (const mixedUp of [{ clientId: secret }, { clientId: secret, username: `localhost/${secret}` }, { username: secret }]) {
    const line = await scene.openMqtt();
    line.write(packetBytes(connectPacket(device, mixedUp)));
    await line.until(({ bytes }) => connackIn(bytes) !== undefined);
    demand(connackIn(line.bytes) !== 0, 'a secret was taken for a name');
  }
  const packets = [
    packetBytes(publishPacket(secret)),
    packetBytes(publishPacket(`$iothub/twin/GET/${secret}`)),
    rawPacket(0x82, Buffer.concat([Buffer.from([0, 1]), field(secret), Buffer.from([0])])),
  ];
  for (const packet of packets) {
    const line = await scene.openVictim(device);
    line.write(packet);
    await line.closed;
    packetsIn(line.bytes);
  }
}

async function misplaceOverHttp(scene: Scene, secret: string): Promise<void> {
  const authorization = secret;
  const encoded = encodeURIComponent(secret);
  const requests = [
    `GET /devices/${encoded}?${API} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n\r\n`,
    `GET /devices?${API}&token=${encoded} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
    `PUT /devices/${encoded} HTTP/1.1\r\nhost: ${encoded}\r\nauthorization: ${scene.token}\r\ncontent-length: 2\r\n\r\n{]`,
    `GET /devices HTTP/9.9\r\nauthorization: ${authorization}\r\n\r\n`,
    `GET /devices HTTP/1.1\r\nauthorization: ${authorization}\r\nbroken header\r\n\r\n`,
    `POST /devices/query?${API} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\ncontent-length: x\r\n\r\n`,
    `authorization: ${authorization}\r\n\r\n`,
  ];
  for (const request of requests) {
    const line = await scene.openHttp();
    line.write(request);
    line.end();
    await line.closed;
    for (const answer of answersIn(line.text)) expectStatus(answer, 400, 401, 404);
  }
}

export const TOKEN_ATTACKS: readonly Attack[] = [
  { name: 'Tokens: forged, over HTTP', round: httpTokens },
  { name: 'Tokens: forged, over MQTT', round: mqttTokens },
  { name: 'Secrets in the wrong places', round: misplacedSecrets },
];
