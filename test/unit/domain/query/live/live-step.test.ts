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
  { name: 'comes in', shown: false, touched: tags, document: inside, step: { holds: true, event: 'entered' } },
  { name: 'stays out', shown: false, touched: tags, document: outside, step: { holds: false, event: undefined } },
  { name: 'goes out', shown: true, touched: tags, document: outside, step: { holds: false, event: 'left' } },
  { name: 'is deleted', shown: true, touched: ALL_PARTS, document: undefined, step: { holds: false, event: 'left' } },
  { name: 'is deleted outside', shown: false, touched: ALL_PARTS, document: undefined, step: { holds: false, event: undefined } },
  { name: 'changes where the item looks', shown: true, touched: reported, document: inside, step: { holds: true, event: 'changed' } },
  { name: 'changes where only the condition looks', shown: true, touched: tags, document: inside, step: { holds: true, event: undefined } },
  { name: 'changes where nothing looks', shown: true, touched: desired, document: inside, step: { holds: true, event: undefined } },
  { name: 'was made anew', shown: true, touched: ALL_PARTS, document: inside, step: { holds: true, event: 'changed' } },
  {
    name: 'may have come after a break',
    shown: false,
    uncertain: true,
    touched: tags,
    document: inside,
    step: { holds: true, event: 'entered' },
  },
  {
    name: 'may have gone after a break',
    shown: false,
    uncertain: true,
    touched: tags,
    document: outside,
    step: { holds: false, event: 'left' },
  },
  {
    name: 'is gone after a break',
    shown: false,
    uncertain: true,
    touched: ALL_PARTS,
    document: undefined,
    step: { holds: false, event: 'left' },
  },
  {
    name: 'changed in a break',
    shown: true,
    uncertain: true,
    touched: reported,
    document: inside,
    step: { holds: true, event: 'changed' },
  },
  {
    name: 'was out before a break and after it',
    shown: false,
    uncertain: true,
    touched: reported,
    document: outside,
    step: { holds: false, event: undefined },
  },
  {
    name: 'changed in a break, and is read when it has gone',
    shown: true,
    uncertain: true,
    touched: reported,
    document: outside,
    step: { holds: false, event: 'left' },
  },
] as const)('A twin that $name.', ({ touched, document, step, ...known }) => {
  expect(liveStep(plan, { touched, document, uncertain: false, ...known })).toEqual(step);
});

test('A condition that says something else than true lets nothing through.', () => {
  const text = planLiveQuery('SELECT * FROM devices WHERE tags.on');

  expect(liveStep(text, { touched: tags, document: { tags: { on: 'yes' } }, shown: false, uncertain: false })).toEqual({
    holds: false,
    event: undefined,
  });
});
