// Back ends with a bad key: their answers wait, good ones do not, and there are not too many that wait.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { sasToken } from '../../../support/test-hub.ts';
import { keysOf } from '../../../support/store-builders.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

const SOURCE = '192.0.2.1';
const BAD = sasToken({ key: keysOf('x').primaryKey, resource: 'localhost', policyName: 'service' });

type Call = Parameters<HttpApi['call']>[0];

function refusedCall(api: HttpApi, call: Partial<Call> = {}): Promise<Answer> {
  return api.call({ path: '/twins/lamp', authorization: BAD, source: SOURCE, ...call });
}

async function refuseAtOnce(api: HttpApi): Promise<void> {
  for (let index = 0; index < LIMITS.refusalsAtOnce.value; index += 1) expect((await refusedCall(api)).status).toBe(401);
}

/** A call whose answer waits, which has a timer. Beside it none of the hub's own is set. */
async function heldCall(api: HttpApi): Promise<{ readonly answer: Promise<Answer> }> {
  const timers = api.clock.pendingTimers;
  const answer = refusedCall(api);
  await expect.poll(() => api.clock.pendingTimers).toBe(timers + 1);
  return { answer };
}

test('The answer to a bad key waits after the first few, and is the same then.', async () => {
  await using api = await openHttpApi();
  await refuseAtOnce(api);
  const { answer } = await heldCall(api);

  api.clock.advance(LIMITS.refusalFirstMs.value);
  const { status, json } = await answer;

  expect(status).toBe(401);
  expect(json.Message).toBe('ErrorCode:IotHubUnauthorizedAccess;The signature of the token does not fit its key.');
});

test('Good calls wait for nothing, by whichever policy, from the address of the bad ones.', async () => {
  await using api = await openHttpApi();
  await api.createDevice('lamp');
  await refuseAtOnce(api);
  const { answer } = await heldCall(api);

  const same = await api.call({ path: '/twins/lamp', policy: 'service', source: SOURCE });
  const other = await api.call({ path: '/twins/lamp', policy: 'iothubowner', source: SOURCE });
  api.clock.advance(LIMITS.refusalFirstMs.value);

  expect([same.status, other.status, (await answer).status]).toEqual([200, 200, 401]);
});

test('Another address, and a token of another policy, are refused at once.', async () => {
  await using api = await openHttpApi();
  await refuseAtOnce(api);

  const elsewhere = await refusedCall(api, { source: '192.0.2.2' });
  const other = await refusedCall(api, { authorization: BAD.replace('skn=service', 'skn=device') });
  const garbage = await refusedCall(api, { authorization: 'SharedAccessSignature nonsense' });

  expect([elsewhere.status, other.status, garbage.status]).toEqual([401, 401, 401]);
});

test('A policy without the permission, a call without a token and a Bearer token are refused at once, however often.', async () => {
  await using api = await openHttpApi();
  const once = async (): Promise<readonly number[]> => [
    (await api.call({ path: '/twins/lamp', policy: 'registryRead', source: SOURCE })).status,
    (await refusedCall(api, { authorization: null })).status,
    (await refusedCall(api, { authorization: 'Bearer abc' })).status,
  ];

  const rounds = LIMITS.refusalsAtOnce.value + 2;
  const statuses: number[] = [];
  for (let round = 0; round < rounds; round += 1) statuses.push(...(await once()));

  expect(statuses).toEqual(Array.from({ length: rounds * 3 }, () => 401));
});

test('When too many answers wait, the next call is answered 429 with a time to wait.', async () => {
  await using api = await openHttpApi();
  await refuseAtOnce(api);
  const held = [];
  for (let index = 0; index < LIMITS.refusalsHeldPerIdentity.value; index += 1) held.push((await heldCall(api)).answer);

  const { status, headers, json } = await refusedCall(api);
  api.clock.advance(LIMITS.refusalLastMs.value);
  const answers = await Promise.all(held);

  expect(status).toBe(429);
  expect(headers).toMatchObject({ 'iothub-errorcode': 'ThrottlingException', 'retry-after': '10' });
  expect(json.Message).toMatch(/^ErrorCode:ThrottlingException;/);
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([401]));
});

test('The log says once who is refused and why, without a word of the token.', async () => {
  await using api = await openHttpApi();
  await refuseAtOnce(api);
  const { answer } = await heldCall(api);

  api.clock.advance(LIMITS.refusalLastMs.value);
  await answer;

  const warnings = api.log.filter(({ level }) => level === 'warn').map(({ fields }) => fields);
  expect(warnings).toEqual([{ source: SOURCE, identity: 'policy service', because: 'The signature of the token does not fit its key.' }]);
});
