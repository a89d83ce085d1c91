// Devices that are signed in and abuse it: topics, request ids, subscriptions, wills, floods, and answers that nobody reads.
import { LIMITS } from '../../../src/domain/limits.ts';
import { connectPacket, publishPacket, subscribePacket } from '../../support/mqtt-client.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import { API, expectStatus } from '../http-answers.ts';
import { connackIn, field, messagesIn, packetBytes, packetsIn, rawPacket } from '../mqtt-packets.ts';
import type { Scene } from '../scene.ts';
import { HOSTILE_JSON } from './hostile-json.ts';

const PINGREQ = Buffer.from([0xc0, 0x00]);
const REPORTED = '$iothub/twin/PATCH/properties/reported/';

/** A PUBLISH at QoS 0 on any bytes as a topic. */
function publishOn(topic: Uint8Array | string): Buffer {
  return rawPacket(0x30, field(topic));
}

/** No device may publish to one of these. */
const FOREIGN_TOPICS: readonly (Uint8Array | string)[] = [
  '',
  '#',
  '+',
  '$SYS/broker/uptime',
  '$iothub/twin/GET/',
  '$iothub/twin/GET/?$rid=',
  '$iothub/twin/GET/?$rid=+',
  '$iothub/twin/res/200/?$rid=1',
  '$iothub/methods/POST/reboot/?$rid=1',
  '$iothub/twin/PATCH/properties/desired/?$version=1',
  '$iothub/../twin/GET/?$rid=1',
  'devices/good-0/messages/events/',
  'devices/+/messages/events/',
  'devices/__proto__/messages/events/',
  'devices/good-0/messages/devicebound/',
  'devices/good-0/modules/m/messages/events/',
  'devices/victim-0/modules/m/messages/events/',
  'devices/victim-0%2Fmodules%2Fm/messages/events/',
  'devices/%67ood-0/messages/events/',
  'devices/%zz/messages/events/',
  '\0',
  'a\0b',
  Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
  Buffer.from([0xed, 0xa0, 0x80]),
  'a'.repeat(65_535),
  '/'.repeat(65_535),
  '漢'.repeat(21_845),
];

async function foreignTopics(scene: Scene, chance: Chance): Promise<void> {
  for (const topic of chance.some(FOREIGN_TOPICS, 8)) {
    const line = await scene.openVictim();
    line.write(Buffer.concat([publishOn(topic), PINGREQ]));
    await line.closed;
    demand(!packetsIn(line.bytes).some(({ cmd }) => cmd === 'pingresp'), `the hub took a message on ${String(topic).slice(0, 60)}`);
  }
}

async function foreignFilters(scene: Scene, chance: Chance): Promise<void> {
  const filters = [
    '#',
    '+/#',
    '$iothub/#',
    '$iothub/twin/res/+',
    'devices/good-0/messages/devicebound/#',
    'devices/good-0/modules/m/inputs/#',
    'devices/+/modules/+/#',
    `$iothub/twin/${'x/'.repeat(30_000)}#`,
    'a\0b',
    'x'.repeat(65_535),
    '$share/g/#',
  ];
  for (const filter of chance.some(filters, 4)) {
    const line = await scene.openVictim();
    line.write(Buffer.concat([rawPacket(0x82, Buffer.concat([Buffer.from([0, 9]), field(filter), Buffer.from([1])])), PINGREQ]));
    await line.closed;
    demand(!packetsIn(line.bytes).some(({ cmd }) => cmd === 'pingresp'), `the hub took a subscription to ${filter.slice(0, 60)}`);
  }
}

async function requestIds(scene: Scene, chance: Chance): Promise<void> {
  const decent = [
    '1',
    'x'.repeat(LIMITS.mqttRidChars.value),
    '%00',
    '-1',
    '1e400',
    '漢😀',
    "'; drop table twins; --",
    '__proto__',
    '../..',
    ' ',
    '"{}',
  ];
  const line = await scene.openVictim();
  for (const rid of decent) line.write(publishOn(`$iothub/twin/GET/?$rid=${rid}`));
  for (let count = 0; count < 50; count += 1) line.write(publishOn('$iothub/twin/GET/?$rid=1'));
  await line.until(({ bytes }) => messagesIn(bytes).length === decent.length + 50);
  const answered = new Set(messagesIn(line.bytes).map(({ topic }) => topic));
  for (const rid of decent) demand(answered.has(`$iothub/twin/res/200/?$rid=${rid}`), `the request ${rid} was not answered`);
  for (const rid of chance.some(['', '#', 'a+b', 'x'.repeat(LIMITS.mqttRidChars.value + 1), 'x'.repeat(60_000)], 2)) {
    const broken = await scene.openVictim();
    broken.write(publishOn(`$iothub/twin/GET/?$rid=${rid}`));
    await broken.closed;
  }
}

async function manySubscriptions(scene: Scene): Promise<void> {
  const line = await scene.openVictim();
  line.write(packetBytes(subscribePacket(...Array.from({ length: 10_000 }, () => '$iothub/methods/POST/#'))));
  line.write(
    packetBytes({ cmd: 'unsubscribe', messageId: 3, unsubscriptions: Array.from({ length: 10_000 }, (_, index) => `a/${index}`) }),
  );
  await line.until(({ bytes }) => packetsIn(bytes).some(({ cmd }) => cmd === 'unsuback'));
  const granted = packetsIn(line.bytes).flatMap((packet) => (packet.cmd === 'suback' ? [packet.granted.length] : []));
  demand(granted.at(-1) === 10_000, `10,000 filters were granted ${granted.join(', ')}`);
  const broken = await scene.openVictim();
  broken.write(packetBytes(subscribePacket(...Array.from({ length: 10_000 }, (_, index) => `a/${index}`))));
  await broken.closed;
}

async function unreadTelemetry(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  const line = await scene.openVictim(device);
  const topic = `devices/${device.deviceId}/messages/events/`;
  const flood = Array.from({ length: 3000 }, () => packetBytes(publishPacket(topic, chance.bytes(8), 1)));
  line.write(Buffer.concat(flood));
  await line.until(({ bytes }) => packetsIn(bytes).filter(({ cmd }) => cmd === 'puback').length === 3000);
  line.stopReading();
  line.write(Buffer.concat(flood));
}

async function reportFlood(scene: Scene, chance: Chance): Promise<void> {
  const line = await scene.openVictim();
  const bodies = Array.from({ length: 300 }, () =>
    chance.below(3) > 0 ? `{"flood":${chance.below(100)}}` : chance.pick(HOSTILE_JSON).body,
  );
  bodies.forEach((body, index) => line.write(packetBytes(publishPacket(`${REPORTED}?$rid=${index}`, Buffer.from(body)))));
  await line.until(({ bytes }) => messagesIn(bytes).length === bodies.length);
  const rids = messagesIn(line.bytes).map(({ topic }) => /\$rid=(\d+)/.exec(topic)?.[1]);
  demand(
    rids.every((rid, index) => rid === String(index)),
    'reports were answered out of order',
  );
  const broken = messagesIn(line.bytes).find(({ topic }) => !/\/res\/(204|400|413|403|412)\//.test(topic));
  demand(broken === undefined, `a report was answered with ${broken?.topic}`);
}

async function unreadAnswers(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  const line = await scene.openVictim(device);
  const large = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`k${index}`, 'x'.repeat(4000)]));
  line.write(packetBytes(publishPacket(`${REPORTED}?$rid=0`, JSON.stringify(large))));
  await line.until(({ bytes }) => messagesIn(bytes).length === 1);
  line.stopReading();
  const reads = Array.from({ length: 4000 }, (_, index) => publishOn(`$iothub/twin/GET/?$rid=${index}`));
  line.write(Buffer.concat(reads));
  // What is written for the device meanwhile must not wait for it.
  for (let count = 0; count < 20; count += 1) {
    const desired = { large: 'x'.repeat(4000), count };
    expectStatus(
      await scene.request({ method: 'PATCH', path: `/twins/${device.deviceId}?${API}`, body: JSON.stringify({ properties: { desired } }) }),
      200,
    );
  }
  line.drop();
  const cleared = { properties: { desired: null } };
  expectStatus(await scene.request({ method: 'PATCH', path: `/twins/${device.deviceId}?${API}`, body: JSON.stringify(cleared) }), 200);
}

async function wills(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  const events = `devices/${device.deviceId}/messages/events/`;
  const decent = { topic: events, payload: chance.bytes(60_000), qos: 1, retain: chance.flag() } as const;
  const line = await scene.openMqtt();
  line.write(packetBytes(connectPacket(device, { will: decent })));
  await line.until(({ bytes }) => connackIn(bytes) !== undefined);
  demand(connackIn(line.bytes) === 0, 'a decent will was refused');
  line.drop();
  for (const topic of ['a', '#', '$iothub/twin/GET/?$rid=1', 'devices/good-0/messages/events/', 'x'.repeat(60_000)]) {
    const refused = await scene.openMqtt();
    refused.write(packetBytes(connectPacket(device, { will: { ...decent, topic, qos: 0 } })));
    await refused.until(({ bytes }) => connackIn(bytes) !== undefined);
    demand(connackIn(refused.bytes) === 5, `a will on ${topic.slice(0, 60)} was taken`);
  }
}

async function inventedAnswers(scene: Scene, chance: Chance): Promise<void> {
  const line = await scene.openVictim();
  for (let count = 0; count < 100; count += 1) {
    const status = chance.pick(['200', '-1', 'abc', '', '1e9', '999999999999999999999', '0x10']);
    line.write(packetBytes(publishPacket(`$iothub/methods/res/${status}/?$rid=${chance.hex(8)}`, chance.bytes(chance.below(200)))));
  }
  line.write(PINGREQ);
  await line.until(({ bytes }) => packetsIn(bytes).some(({ cmd }) => cmd === 'pingresp'));
}

async function brokenAnswers(scene: Scene, chance: Chance): Promise<void> {
  const device = chance.pick(scene.parts.victims);
  const line = await scene.openVictim(device);
  const tooLarge = JSON.stringify('x'.repeat(LIMITS.methodPayloadBytes.value));
  for (const [status, payload] of [
    ['abc', '1'],
    ['200', tooLarge],
    ['200', '{'],
    ['200', '"\\ud800"'],
    ['200', '[1e400]'],
    ['1.5', '1'],
  ] as const) {
    const before = messagesIn(line.bytes).length;
    const called = scene.request({ method: 'POST', path: `/twins/${device.deviceId}/methods?${API}`, body: '{"methodName":"m"}' });
    await line.until(({ bytes }) => messagesIn(bytes).length > before);
    const topic = messagesIn(line.bytes).at(-1)?.topic ?? '';
    line.write(packetBytes(publishPacket(`$iothub/methods/res/${status}/${topic.slice(topic.indexOf('?'))}`, payload)));
    expectStatus(await called, 502);
  }
}

export const MQTT_REQUEST_ATTACKS: readonly Attack[] = [
  { name: 'MQTT: topics that no device has', round: foreignTopics },
  { name: 'MQTT: filters that no device has', round: foreignFilters },
  { name: 'MQTT: request ids of every kind', round: requestIds },
  { name: 'MQTT: 10,000 subscriptions in one packet', round: manySubscriptions },
  { name: 'MQTT: telemetry whose acknowledgements nobody reads', round: unreadTelemetry },
  { name: 'MQTT: a flood of reports, hostile ones among them', round: reportFlood },
  { name: 'MQTT: a device that asks and never reads', round: unreadAnswers },
  { name: 'MQTT: wills', round: wills },
  { name: 'MQTT: answers to methods that nobody called', round: inventedAnswers },
  { name: 'MQTT: broken answers to methods', round: brokenAnswers },
];
