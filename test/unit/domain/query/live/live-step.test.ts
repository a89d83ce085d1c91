// What a client is told of a change, by what it has and what became of the twin.
import { expect, test } from 'vitest';
import { planLiveQuery } from '../../../../../src/domain/query/live/live-plan.ts';
import { liveStep } from '../../../../../src/domain/query/live/live-step.ts';
import { ALL_PARTS, PARTS } from '../../../../../src/domain/query/live/twin-parts.ts';

const plan = planLiveQuery('SELECT properties.reported.level FROM devices WHERE tags.on = true');
const inside = { tags: { on: true } };
const outside = { tags: { on: false } };
const { tags, reported, desired } = PARTS;

test.each([
  ['comes in', false, tags, inside, { holds: true, event: 'entered' }],
  ['stays out', false, tags, outside, { holds: false, event: undefined }],
  ['goes out', true, tags, outside, { holds: false, event: 'left' }],
  ['is deleted', true, ALL_PARTS, undefined, { holds: false, event: 'left' }],
  ['is deleted outside', false, ALL_PARTS, undefined, { holds: false, event: undefined }],
  ['changes where the item looks', true, reported, inside, { holds: true, event: 'changed' }],
  ['changes where only the condition looks', true, tags, inside, { holds: true, event: undefined }],
  ['changes where nothing looks', true, desired, inside, { holds: true, event: undefined }],
  ['was made anew', true, ALL_PARTS, inside, { holds: true, event: 'changed' }],
  ['may have come after a break', 'unknown', tags, inside, { holds: true, event: 'entered' }],
  ['may have gone after a break', 'unknown', tags, outside, { holds: false, event: 'left' }],
  ['is gone after a break', 'unknown', ALL_PARTS, undefined, { holds: false, event: 'left' }],
  ['changed in a break', 'unknown', reported, inside, { holds: true, event: 'changed' }],
  ['was out before a break and after it', 'unknown', reported, outside, { holds: false, event: undefined }],
] as const)('A twin that %s.', (_, shown, touched, document, step) => {
  expect(liveStep(plan, { touched, document, shown })).toEqual(step);
});

test('A condition that says something else than true lets nothing through.', () => {
  const text = planLiveQuery('SELECT * FROM devices WHERE tags.on');

  expect(liveStep(text, { touched: tags, document: { tags: { on: 'yes' } }, shown: false })).toEqual({ holds: false, event: undefined });
});
