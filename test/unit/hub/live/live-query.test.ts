// A live query whose result grows too large.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { LiveMembers } from '../../../../src/domain/query/live/live-members.ts';
import { planLiveQuery } from '../../../../src/domain/query/live/live-plan.ts';
import { LiveQuery } from '../../../../src/hub/live/live-query.ts';
import { LiveRecorder } from '../../../support/live-recorder.ts';

function openQuery(members = new LiveMembers<LiveQuery>()): { readonly query: LiveQuery; readonly recorder: LiveRecorder } {
  const recorder = new LiveRecorder();
  const plan = planLiveQuery('SELECT deviceId FROM devices');
  return { query: new LiveQuery({ plan, listener: recorder, members, onClose: () => undefined }), recorder };
}

function fill(query: LiveQuery, count: number): void {
  for (let index = 0; index < count; index += 1) query.enter({ deviceId: `d${index}` }, {}, false);
}

test('A live query ends with one device more than it may have, and not before.', () => {
  const { query, recorder } = openQuery();

  fill(query, LIMITS.liveQueryDevices.value);
  const closedEarly = query.closed;
  query.enter({ deviceId: 'one more' }, {}, false);

  expect(closedEarly).toBe(false);
  expect(recorder.events).toMatchObject([{ kind: 'end', reason: 'tooManyDevices', message: expect.stringContaining('100000 devices') }]);
});

test('It ends with one more than all may have together, and gives back what it had.', () => {
  const members = new LiveMembers<LiveQuery>();
  const count = LIMITS.liveQueryDevicesInAll.value / LIMITS.liveQueryDevices.value;
  for (let index = 0; index < count; index += 1) fill(openQuery(members).query, LIMITS.liveQueryDevices.value);
  const { query, recorder } = openQuery(members);

  fill(query, 1);

  expect(recorder.events).toMatchObject([{ kind: 'end', reason: 'tooManyDevices', message: expect.stringContaining('all live queries') }]);
  expect(members.count).toBe(LIMITS.liveQueryDevicesInAll.value);
});

test('A change that it has heard of is not told again.', () => {
  const { query, recorder } = openQuery();
  query.begin({ position: 7 });

  for (const sequence of [7, 8]) query.follow({ id: { deviceId: 'd' }, first: sequence, last: sequence, touched: 1, document: {} });

  expect(recorder.events).toMatchObject([{ kind: 'ready' }, { kind: 'entered', sequence: 8 }]);
});
