// Refused sign-ins over real connections: callers that go away, bodies that come too late, and a hub that stops while answers wait.
import { request } from 'node:https';
import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { systemClock } from '../../../src/system/system-clock.ts';
import { SOMEONE } from '../../support/actors.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { keysOf } from '../../support/store-builders.ts';
import { openTestHub, sasToken } from '../../support/test-hub.ts';
import { type OpenGateway, openGateway, rawRequest, statusesIn } from './open-gateway.ts';

const PATH = '/devices/lamp?api-version=2021-04-12';
const BAD = sasToken({ key: keysOf('x').primaryKey, resource: 'localhost', policyName: 'iothubowner' });

async function refuseAtOnce(open: OpenGateway): Promise<void> {
  for (let index = 0; index < LIMITS.refusalsAtOnce.value; index += 1) {
    expect((await open.fetch({ path: PATH, headers: { authorization: BAD } })).status).toBe(401);
  }
}

test('A caller that goes away while its answer waits leaves nothing behind, and the next one gets an answer.', async () => {
  await using open = await openGateway();
  await refuseAtOnce(open);
  const timers = open.clock.pendingTimers;

  for (let index = 0; index < LIMITS.refusalsHeldPerIdentity.value + 1; index += 1) {
    const connection = await open.connect();
    connection.send(rawRequest(`GET ${PATH} HTTP/1.1`, { authorization: BAD }));
    await expect.poll(() => open.clock.pendingTimers).toBe(timers + 1);
    connection.socket.destroy();
    await expect.poll(() => open.clock.pendingTimers).toBe(timers);
  }
  const connection = await open.connect();
  connection.send(rawRequest(`GET ${PATH} HTTP/1.1`, { authorization: BAD }));
  await expect.poll(() => open.clock.pendingTimers).toBe(timers + 1);
  open.clock.advance(LIMITS.refusalLastMs.value);

  expect(statusesIn(await connection.untilAnswers(1))).toEqual([401]);
});

test('A device that goes away while its token is looked at leaves no answer that waits.', async () => {
  await using open = await openGateway();
  const path = '/devices/lamp/messages/events?api-version=2021-04-12';
  const authorization = sasToken({ key: keysOf('x').primaryKey, resource: 'localhost%2Fdevices%2Flamp' });
  const send = (): ReturnType<OpenGateway['fetch']> => open.fetch({ method: 'POST', path, headers: { authorization } });
  for (let index = 0; index < LIMITS.refusalsAtOnce.value; index += 1) expect((await send()).status).toBe(401);
  const timers = open.clock.pendingTimers;
  const { access } = open.hub;
  const authenticate = access.authenticateDevice.bind(access);
  const [asked, gone, refused] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  access.authenticateDevice = async (...given) => {
    asked.resolve();
    await gone.promise;
    return authenticate(...given).finally(() => refused.resolve());
  };
  const connection = await open.connect();

  connection.send(rawRequest(`POST ${path} HTTP/1.1`, { authorization, 'Content-Length': 0 }));
  await asked.promise;
  connection.socket.destroy();
  // By the time of an answer on another connection the hub has seen the end of this one.
  await open.fetch({ path: '/hub/health/live' });
  gone.resolve();
  await refused.promise;
  await open.fetch({ path: '/hub/health/live' });

  expect(open.clock.pendingTimers).toBe(timers);
});

test('The connection of a refused call is good for the next call.', async () => {
  await using open = await openGateway();
  await refuseAtOnce(open);
  const timers = open.clock.pendingTimers;
  const connection = await open.connect();

  connection.send(rawRequest(`PUT ${PATH} HTTP/1.1`, { authorization: BAD, 'Content-Length': 2 }, '{}'));
  await expect.poll(() => open.clock.pendingTimers).toBe(timers + 1);
  open.clock.advance(LIMITS.refusalLastMs.value);
  await connection.untilAnswers(1);
  connection.send(rawRequest(`PUT ${PATH} HTTP/1.1`, { authorization: open.token, 'Content-Length': 2 }, '{}'));

  expect(statusesIn(await connection.untilAnswers(2))).toEqual([401, 200]);
});

test('A request whose body comes when its key is gone is refused, and does nothing.', async () => {
  await using open = await openGateway();
  const { keys } = await open.hub.policies.put({ name: 'own', permissions: ['RegistryWrite'], keys: undefined }, { kind: 'none' }, SOMEONE);
  const token = sasToken({ key: keys.primaryKey, resource: 'localhost', policyName: 'own' });
  const connection = await open.connect();
  // Both heads come in one piece, so the answer to the first request says that the second one is under way.
  const good = rawRequest(`PUT /devices/first?api-version=2021-04-12 HTTP/1.1`, { authorization: token, 'Content-Length': 2 }, '{}');
  connection.send(good + rawRequest(`PUT ${PATH} HTTP/1.1`, { authorization: token, 'Content-Length': 2 }));
  await connection.untilAnswers(1);

  await open.hub.policies.rotate('own', 'primary', SOMEONE);
  connection.send('{}');
  const received = await connection.untilAnswers(2);

  expect(statusesIn(received)).toEqual([200, 401]);
  await expect(open.hub.devices.get('lamp')).rejects.toMatchObject({ code: 'DeviceNotFound' });
});

test('A hub that stops waits for no answer that waits: it is given at once.', async () => {
  const clock = new FakeClock(systemClock.nowMs());
  // Time stands still, also that which a stop may take.
  const hub = await openTestHub({ clock, machineClock: clock });
  const call = (): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: hub.httpsPort, servername: 'localhost', ca: hub.caPem, agent: false, path: PATH };
      const sent = request({ ...options, headers: { authorization: BAD } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.end();
    });
  for (let index = 0; index < LIMITS.refusalsAtOnce.value; index += 1) await call();
  const timers = clock.pendingTimers;
  const held = call();
  await expect.poll(() => clock.pendingTimers).toBe(timers + 1);

  await hub.close();

  expect(await held).toBe(401);
});
