// Which queries have which devices and modules.
import { expect, test } from 'vitest';
import { LiveMembers } from '../../../../../src/domain/query/live/live-members.ts';

class Holder {
  closed = false;
}

const device = { deviceId: 'pump' };
const filter = { deviceId: 'pump', moduleId: 'filter' };

test('A device and its modules are different members.', () => {
  const members = new LiveMembers<Holder>();
  const [one, other] = [new Holder(), new Holder()];

  members.add(device, one);
  members.add(filter, other);
  members.add(filter, other);

  expect(members.holdersOf(device)).toEqual([one]);
  expect(members.holdersOf(filter)).toEqual([other]);
  expect(members.modulesOf('pump')).toEqual(['filter']);
  expect(members.holdersOf({ deviceId: 'other' })).toEqual([]);
  expect([members.countOf(one), members.countOf(other), members.count]).toEqual([1, 1, 2]);
});

test('What is removed is there no more, and may be removed again.', () => {
  const members = new LiveMembers<Holder>();
  const [one, other] = [new Holder(), new Holder()];
  for (const holder of [one, other]) members.add(device, holder);

  members.remove(device, one);
  members.remove(device, one);
  members.remove(filter, one);

  expect(members.holdersOf(device)).toEqual([other]);
  expect([members.countOf(one), members.count]).toEqual([0, 1]);
});

test('What a closed query had is not counted from then on, and is gone when more is stale than not.', () => {
  const members = new LiveMembers<Holder>();
  const [one, other, third] = [new Holder(), new Holder(), new Holder()];
  for (const holder of [one, other, third]) members.add(filter, holder);

  one.closed = true;
  members.forget(one);
  const afterOne = { holders: members.holdersOf(filter), count: members.count };
  other.closed = true;
  members.forget(other);
  third.closed = true;
  members.forget(third);

  expect(afterOne).toEqual({ holders: [other, third], count: 2 });
  expect(members.count).toBe(0);
  expect(members.modulesOf('pump')).toEqual([]);
});
