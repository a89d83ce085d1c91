// Clients of the REST API that take their time, or leave in the middle.
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import { answersIn, API, expectStatus, requestBytes } from '../http-answers.ts';
import type { Scene } from '../scene.ts';

const IDLE = 100;
const SLOW = 20;

async function slowHeaders(scene: Scene, chance: Chance): Promise<void> {
  for (let count = 0; count < SLOW; count += 1) {
    const line = await scene.openHttp();
    const request = requestBytes({ method: 'GET', path: '/devices', headers: { authorization: scene.token, 'x-slow': 'x'.repeat(200) } });
    await line.writeSlowly(Array.from(request.subarray(0, chance.between(1, 60)), (byte) => Buffer.from([byte])));
    scene.abandon(line);
  }
}

async function slowBodies(scene: Scene, chance: Chance): Promise<void> {
  for (let count = 0; count < SLOW; count += 1) {
    const line = await scene.openHttp();
    const head = { authorization: scene.token, 'content-length': '5000' };
    line.write(requestBytes({ method: 'PATCH', path: `/twins/victim-0?${API}`, headers: head, body: '{"tags":{"half":' }));
    await line.writeSlowly(Array.from({ length: chance.below(10) }, () => ' '));
    scene.abandon(line);
  }
  const { body } = await scene.request({ method: 'GET', path: `/twins/victim-0?${API}` });
  demand(!body.includes('"half"'), 'half a body was taken');
}

async function byteByByte(scene: Scene): Promise<void> {
  const line = await scene.openHttp();
  const headers = { authorization: scene.token };
  const request = requestBytes({ method: 'POST', path: `/devices/query?${API}`, headers, body: '{"query":"SELECT * FROM devices"}' });
  await line.writeSlowly(Array.from(request, (byte) => Buffer.from([byte])));
  await line.until(({ text }) => answersIn(text).length === 1);
  for (const answer of answersIn(line.text)) expectStatus(answer, 200);
}

async function idleConnections(scene: Scene): Promise<void> {
  const lines = await Promise.all(Array.from({ length: IDLE }, () => scene.openHttp()));
  for (const line of lines) line.write(requestBytes({ method: 'GET', path: '/hub/health/live' }));
  for (const line of lines) await line.until(({ text }) => answersIn(text).length === 1);
}

async function goneInTheMiddle(scene: Scene, chance: Chance): Promise<void> {
  const headers = { authorization: scene.token };
  const device = `/twins/${chance.pick(scene.parts.victims).deviceId}`;
  const requests = [
    requestBytes({ method: 'PATCH', path: `${device}?${API}`, headers, body: '{"tags":{"gone":null}}' }),
    requestBytes({ method: 'POST', path: `/devices/query?${API}`, headers, body: '{"query":"SELECT * FROM devices"}' }),
    requestBytes({ method: 'GET', path: `/jobs/v2/query?${API}`, headers }),
    requestBytes({
      method: 'POST',
      path: `${device}/methods?${API}`,
      headers,
      body: '{"methodName":"m","connectTimeoutInSeconds":5,"responseTimeoutInSeconds":5}',
    }),
  ];
  for (let count = 0; count < 30; count += 1) {
    const line = await scene.openHttp();
    const request = chance.pick(requests);
    await line.writeSlowly([request.subarray(0, chance.flag() ? request.length : chance.below(request.length))]);
    if (chance.flag()) line.end();
    line.drop();
  }
}

const SEARCH = '{"query":"SELECT * FROM devices"}';

/** Reads nothing of many large answers: of as many as a client may ask for, and of more. */
async function unreadAnswers(scene: Scene): Promise<void> {
  const headers = { authorization: scene.token };
  const request = requestBytes({ method: 'POST', path: `/devices/query?${API}`, headers, body: SEARCH });
  for (const count of [LIMITS.httpRequestsWaiting.value, 500]) {
    const line = await scene.openHttp();
    line.stopReading();
    line.write(Buffer.concat(Array.from({ length: count }, () => request)));
    await scene.request({ method: 'GET', path: `/devices/victim-0?${API}` });
    line.drop();
  }
}

/** Large answers for many callers at once. */
async function searchFlood(scene: Scene): Promise<void> {
  const path = `/devices/query?${API}`;
  const answers = await Promise.all(Array.from({ length: 60 }, () => scene.request({ method: 'POST', path, body: SEARCH })));
  for (const answer of answers) expectStatus(answer, 200);
}

export const HTTP_SLOW_ATTACKS: readonly Attack[] = [
  { name: 'HTTP: headers that never end', round: slowHeaders },
  { name: 'HTTP: bodies that never end', round: slowBodies },
  { name: 'HTTP: byte by byte', round: byteByByte },
  { name: `HTTP: ${IDLE} idle connections`, round: idleConnections },
  { name: 'HTTP: clients that leave in the middle', round: goneInTheMiddle },
  { name: 'HTTP: a client that asks and never reads', round: unreadAnswers },
  { name: 'HTTP: large searches of many callers at once', round: searchFlood },
];
