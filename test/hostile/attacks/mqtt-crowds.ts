// Many connections at once: floods of sign-ins, lines that are opened and left, and a device that fights with itself.
import { withKeys } from '../../support/identities.ts';
import { connectPacket } from '../../support/mqtt-client.ts';
import { sasToken } from '../../support/test-hub.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import type { Line } from '../line.ts';
import { connackIn, packetBytes, packetsIn } from '../mqtt-packets.ts';
import type { Scene } from '../scene.ts';
import { signatureOf } from '../signatures.ts';

const CROWD = 200;
const HALF_OPEN = 60;
const RIVALS = 30;

function openMany(count: number, open: () => Promise<Line>): Promise<readonly Line[]> {
  return Promise.all(Array.from({ length: count }, open));
}

/** CONNECT of a device that the hub does not know. */
function ghostConnect(scene: Scene, chance: Chance): Buffer {
  const deviceId = `ghost-${chance.hex(12)}`;
  const key = chance.bytes(32).toString('base64');
  scene.parts.keepSecret(key);
  scene.parts.keepSecret(signatureOf(sasToken({ key, resource: encodeURIComponent(`localhost/devices/${deviceId}`) })));
  return packetBytes(connectPacket(withKeys({ deviceId }, { primaryKey: key, secondaryKey: key })));
}

async function connectFlood(scene: Scene, chance: Chance): Promise<void> {
  const lines = await openMany(CROWD, () => scene.openMqtt());
  const left: Line[] = [];
  for (const line of lines) {
    line.write(ghostConnect(scene, chance));
    if (chance.flag()) line.drop();
    else left.push(line);
  }
  for (const line of left) {
    await line.until(({ bytes }) => connackIn(bytes) !== undefined);
    demand(connackIn(line.bytes) === 5, 'a device that nobody knows signed in');
  }
}

async function halfOpen(scene: Scene, chance: Chance): Promise<void> {
  const { mqttPort, httpsPort } = scene.parts;
  const plain = await openMany(HALF_OPEN, () => scene.openPlain(chance.pick([mqttPort, httpsPort])));
  for (const line of plain) {
    // The beginning of a TLS handshake, or nothing.
    if (chance.flag()) line.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01]).subarray(0, chance.between(1, 8)));
    scene.abandon(line);
  }
  for (const line of await openMany(HALF_OPEN / 3, () => scene.openMqtt())) scene.abandon(line);
}

async function rivals(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  const connect = packetBytes(connectPacket(device, { clean: chance.flag() }));
  const lines = await openMany(RIVALS, () => scene.openMqtt());
  for (const line of lines) line.write(connect);
  await untilOneIsLeft(lines);
  const last = lines.find((line) => !line.isClosed);
  demand(last !== undefined, 'no rival is left');
  await last.until(({ bytes }) => connackIn(bytes) === 0);
  last.write(Buffer.from([0xc0, 0x00]));
  await last.until(({ bytes }) => packetsIn(bytes).some(({ cmd }) => cmd === 'pingresp'));
}

async function untilOneIsLeft(lines: readonly Line[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let open = lines.length;
  for (const line of lines) {
    void line.closed.then(() => {
      open -= 1;
      if (open <= 1) resolve();
    });
  }
  await promise;
}

async function comeAndGo(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  for (let count = 0; count < 20; count += 1) {
    const line = await scene.openVictim(device);
    if (chance.flag()) line.write(Buffer.from([0xe0, 0x00]));
    line.drop();
  }
}

export const MQTT_CROWD_ATTACKS: readonly Attack[] = [
  { name: `MQTT: ${CROWD} CONNECTs at once, half of them abandoned`, round: connectFlood },
  { name: 'MQTT: half-open connections', round: halfOpen },
  { name: `MQTT: ${RIVALS} connections of one device at once`, round: rivals },
  { name: 'MQTT: a device that comes and goes', round: comeAndGo },
];
