// Certificates that are nearly right, and chains that lead nowhere, are in circles, or are far too long.
import { type Made, makeCa, makeCertificate, makeClient, SERVER_AUTH } from '../../support/certificates.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import { answersIn, API, expectStatus, requestBytes } from '../http-answers.ts';
import type { Line } from '../line.ts';
import { connackIn, packetBytes } from '../mqtt-packets.ts';
import type { Scene } from '../scene.ts';

type Authorities = { readonly trusted: Made; readonly middle: Made; readonly stranger: Made };

/** What a client sends in its handshake: its own certificate first. The device is the one that signs in. */
type Chain = (deviceId: string, cas: Authorities) => Promise<readonly [Made, ...Made[]]>;

const HOUR_MS = 3600_000;

const CHAINS: readonly (readonly [string, Chain])[] = [
  ['an end that is over', async (id, { trusted }) => [await makeClient(id, trusted, { toMs: Date.now() - 1000 })]],
  [
    'a beginning that is to come',
    async (id, { trusted }) => [await makeClient(id, trusted, { fromMs: Date.now() + HOUR_MS, toMs: Date.now() + 2 * HOUR_MS })],
  ],
  ['another name', async (id, { trusted }) => [await makeClient(`${id}x`, trusted)]],
  ['two names', async (id, { trusted }) => [await makeClient(id, trusted, { otherNames: ['other'] })]],
  ['a name with control characters', async (id, { trusted }) => [await makeClient(`${id}\r\n\u0000\u001b[2J`, trusted)]],
  ['a giant name', async (id, { trusted }) => [await makeClient(`${id}${'x'.repeat(60_000)}`, trusted)]],
  ['another purpose', async (id, { trusted }) => [await makeClient(id, trusted, { purposes: [SERVER_AUTH] })]],
  ['an unknown critical extension', async (id, { trusted }) => [await makeClient(id, trusted, { critical: ['1.2.3.4'] })]],
  ['no issuer but itself', async (id) => [await makeClient(id)]],
  ['an unknown issuer', async (id, { stranger }) => [await makeClient(id, stranger), stranger]],
  ['an issuer of the name of a good one', async (id) => [await makeClient(id, await makeCa('trusted'))]],
  ['an intermediate that it does not send', async (id, { middle }) => [await makeClient(id, middle)]],
  ['an issuer that is no CA', throughClient],
  ['an intermediate that is over', throughExpired],
  ['a circle above it', inCircle],
  ['twenty issuers above it', twentyDeep],
  [
    'twenty certificates of one CA beside it',
    async (id, { trusted, stranger }) => [await makeClient(id, stranger), ...Array<Made>(20).fill(trusted)],
  ],
  [
    'more certificates than TLS takes',
    async (id, { trusted, stranger }) => [await makeClient(id, trusted), ...Array<Made>(400).fill(stranger)],
  ],
];

async function throughClient(id: string, { trusted }: Authorities): Promise<readonly [Made, ...Made[]]> {
  const neighbour = await makeClient('neighbour', trusted);
  return [await makeClient(id, neighbour), neighbour];
}

async function throughExpired(id: string, { trusted }: Authorities): Promise<readonly [Made, ...Made[]]> {
  const over = await makeCa('over', { issuer: trusted, toMs: Date.now() - 1000 });
  return [await makeClient(id, over), over];
}

/** Each of the two CAs is issued by the other, as far as names tell. */
async function inCircle(id: string): Promise<readonly [Made, ...Made[]]> {
  const one = await makeCa('one');
  const other = await makeCa('other', { issuer: one });
  const again = await makeCertificate({ commonName: 'one', isCa: true, issuer: other });
  return [await makeClient(id, one), again, other, again, other];
}

async function twentyDeep(id: string, { trusted }: Authorities): Promise<readonly [Made, ...Made[]]> {
  const line = [await makeCa('depth 0', { issuer: trusted })];
  for (let depth = 1; depth < 20; depth += 1) {
    const [issuer] = line;
    line.unshift(await makeCa(`depth ${depth}`, issuer && { issuer }));
  }
  const [last] = line;
  return [await makeClient(id, last), ...line];
}

function clientOf([own, ...others]: readonly [Made, ...Made[]]): { readonly cert: string; readonly key: string } {
  return { cert: [own, ...others].map(({ certPem }) => certPem).join(''), key: own.keyPem };
}

/** Runs `attack` for a new device that signs in by a CA, then shows that the device itself does so still. */
async function besieged(scene: Scene, chance: Chance, attack: (deviceId: string, cas: Authorities) => Promise<void>): Promise<void> {
  const name = `shows-${chance.hex(12)}`;
  const trusted = await makeCa('trusted');
  const cas = { trusted, middle: await makeCa('middle', { issuer: trusted }), stranger: await makeCa('stranger') };
  const [ca, device] = [`/hub/certificates/${name}`, `/devices/${name}?${API}`];
  const upload = JSON.stringify({ certificate: trusted.certPem, isVerified: true });
  expectStatus(await scene.request({ method: 'PUT', path: ca, body: upload }), 200);
  const identity = JSON.stringify({ authentication: { type: 'certificateAuthority' } });
  expectStatus(await scene.request({ method: 'PUT', path: device, body: identity }), 200);

  await attack(name, cas);

  const line = await connectWith(scene, name, clientOf([await makeClient(name, cas.middle), cas.middle]));
  demand(connackIn(line.bytes) === 0, `a good certificate was answered with ${connackIn(line.bytes)}`);
  expectStatus(await scene.request({ method: 'DELETE', path: ca }), 204);
  await line.closed;
  expectStatus(await scene.request({ method: 'DELETE', path: device, headers: { 'if-match': '*' } }), 204);
}

async function connectWith(scene: Scene, deviceId: string, client: ReturnType<typeof clientOf>): Promise<Line> {
  const line = await scene.openMqtt(client);
  const username = `localhost/${deviceId}/?api-version=2021-04-12`;
  line.write(
    packetBytes({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: deviceId, keepalive: 60, username }),
  );
  await line.until(({ bytes, isClosed }) => isClosed || connackIn(bytes) !== undefined);
  return line;
}

/** A chain that is longer than TLS takes ends the handshake, every other one is told CONNACK 5. */
async function overMqtt(scene: Scene, chance: Chance): Promise<void> {
  await besieged(scene, chance, async (deviceId, cas) => {
    await Promise.all(
      chance.some(CHAINS, 4).map(async ([name, chain]) => {
        const client = clientOf(await chain(deviceId, cas));
        const line = await connectWith(scene, deviceId, client);
        const code = connackIn(line.bytes);
        demand(code === 5 || (code === undefined && line.isClosed), `a certificate with ${name} was answered with ${code}`);
      }),
    );
  });
}

async function overHttps(scene: Scene, chance: Chance): Promise<void> {
  await besieged(scene, chance, async (deviceId, cas) => {
    await Promise.all(
      chance.some(CHAINS, 4).map(async ([name, chain]) => {
        const line = await scene.openHttp(clientOf(await chain(deviceId, cas)));
        const path = `/devices/${deviceId}/messages/events?${API}`;
        for (let count = 0; count < 3; count += 1) line.write(requestBytes({ method: 'POST', path, body: 'x' }));
        await line.until(({ text, isClosed }) => isClosed || answersIn(text).length === 3);
        const statuses = answersIn(line.text).map(({ status }) => status);
        demand(
          statuses.every((status) => status === 401),
          `a certificate with ${name} was answered with ${statuses.join()}`,
        );
      }),
    );
  });
}

/** Handshakes of TLS that stop where the certificate should come, or go on with something else. */
async function brokenHandshakes(scene: Scene, chance: Chance): Promise<void> {
  for (const port of [scene.parts.mqttPort, scene.parts.httpsPort]) {
    const line = await scene.openPlain(port);
    const record = (type: number, body: Buffer): Buffer =>
      Buffer.concat([Buffer.from([type, 3, 3, body.length >> 8, body.length & 0xff]), body]);
    // A certificate message [RFC 5246, section 7.4.2] before any greeting, with lengths that are not its own.
    const body = Buffer.concat([Buffer.from([11, 0, chance.below(256), chance.below(256)]), chance.bytes(chance.between(1, 2000))]);
    line.write(Buffer.concat([record(22, body), record(chance.pick([20, 21, 22, 23]), chance.bytes(chance.between(1, 200)))]));
    await line.closed;
  }
}

export const CERTIFICATE_ATTACKS: readonly Attack[] = [
  { name: 'certificates that are nearly right, over MQTT', round: overMqtt },
  { name: 'certificates that are nearly right, over HTTPS', round: overHttps },
  { name: 'handshakes of TLS with broken certificates', round: brokenHandshakes },
];
