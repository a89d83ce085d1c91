// How benches judge what they measured, and what several rounds come to.
import { describe, expect, it } from 'vitest';
import { isMissed, type Measurement, missedBy, type Target, targetValue } from '../../../bench/measurement.ts';
import { contest } from '../../../bench/rounds.ts';
import { quantile, sampleOf } from '../../../bench/statistics.ts';

const flat = (value: number): Measurement['hub'] => ({ median: value, min: value, max: value });

function measured(target: Target, hub: number, floor: number | undefined): Measurement {
  const other = floor === undefined ? undefined : { name: 'floor', sample: flat(floor), ratio: flat(hub / floor) };
  return { bench: 'b', variant: 'v', quantity: 'q', hub: flat(hub), other, target };
}

describe('a target', () => {
  it.each<{ target: Target; hub: number; floor: number | undefined; missed: number }>([
    { target: { kind: 'none' }, hub: 9, floor: 1, missed: 0 },
    { target: { kind: 'atMost', value: 2 }, hub: 4, floor: 2, missed: 0 },
    { target: { kind: 'atMost', value: 2 }, hub: 5, floor: 2, missed: 0.25 },
    { target: { kind: 'atLeast', value: 0.5 }, hub: 1, floor: 2, missed: 0 },
    { target: { kind: 'atLeast', value: 0.5 }, hub: 1, floor: 4, missed: 0.5 },
    { target: { kind: 'floorPlus', value: 1 }, hub: 3, floor: 2, missed: 0 },
    { target: { kind: 'floorPlus', value: 1 }, hub: 6, floor: 2, missed: 1 },
    { target: { kind: 'hubAtLeast', value: 8 }, hub: 8, floor: undefined, missed: 0 },
    { target: { kind: 'hubAtLeast', value: 8 }, hub: 6, floor: undefined, missed: 0.25 },
    { target: { kind: 'hubAtMost', value: 8, orOfFloor: 2 }, hub: 12, floor: 6, missed: 0 },
    { target: { kind: 'hubAtMost', value: 8, orOfFloor: 2 }, hub: 12, floor: 3, missed: 0.5 },
    { target: { kind: 'hubAtLeast', value: 8, orOfFloor: 0.5 }, hub: 6, floor: 12, missed: 0 },
    { target: { kind: 'hubAtLeast', value: 8, orOfFloor: 0.5 }, hub: 6, floor: 20, missed: 0.25 },
    { target: { kind: 'hubAtLeast', value: 8, orOfFloor: 0.5 }, hub: 6, floor: undefined, missed: 0.25 },
    { target: { kind: 'hubAtMost', value: 8 }, hub: 8, floor: 1, missed: 0 },
    { target: { kind: 'hubAtMost', value: 8 }, hub: 12, floor: 1, missed: 0.5 },
    { target: { kind: 'hubAtMost', value: 0 }, hub: 0, floor: undefined, missed: 0 },
    { target: { kind: 'hubAtMost', value: 0 }, hub: 1, floor: undefined, missed: 1 },
  ])('$target with $hub against $floor is missed by $missed', ({ target, hub, floor, missed }) => {
    expect(missedBy(measured(target, hub, floor))).toBeCloseTo(missed);
  });

  it.each<Target>([
    { kind: 'atMost', value: 1 },
    { kind: 'floorPlus', value: 1 },
    { kind: 'hubAtLeast', value: 1 },
  ])('$kind is missed by what could not be measured', (target) => {
    expect(isMissed(measured(target, Number.NaN, 1))).toBe(true);
  });

  it('is forgiven a quarter, and no more', () => {
    const target: Target = { kind: 'atMost', value: 1 };

    expect(isMissed(measured(target, 1.25, 1))).toBe(false);
    expect(isMissed(measured(target, 1.26, 1))).toBe(true);
  });
});

describe('the value that would just meet a target', () => {
  it.each<{ target: Target; value: number | undefined }>([
    { target: { kind: 'none' }, value: undefined },
    { target: { kind: 'atMost', value: 1.5 }, value: 6 },
    { target: { kind: 'atLeast', value: 0.5 }, value: 2 },
    { target: { kind: 'floorPlus', value: 3 }, value: 7 },
    { target: { kind: 'hubAtMost', value: 3 }, value: 3 },
    { target: { kind: 'hubAtLeast', value: 3 }, value: 3 },
    { target: { kind: 'hubAtLeast', value: 3, orOfFloor: 0.5 }, value: 2 },
    { target: { kind: 'hubAtLeast', value: 3, orOfFloor: 2 }, value: 3 },
  ])('with $target and a floor of 4 is $value', ({ target, value }) => {
    expect(targetValue(measured(target, 1, 4))).toBe(value);
  });
});

describe('a sample', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
  ])('of %j has the median %d', (values, median) => {
    expect(sampleOf(values)).toEqual({ median, min: Math.min(...values), max: Math.max(...values) });
  });

  it('has quantiles between its values', () => {
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
  });
});

describe('a contest', () => {
  it('measures the hub and its floor in turn, another one first each time, and compares them round by round', async () => {
    const order: string[] = [];
    const reading = (who: string, values: number[]) => (): Promise<{ ms: number }> => {
      order.push(who);
      return Promise.resolve({ ms: values.shift() ?? Number.NaN });
    };

    const [only] = await contest({
      bench: 'b',
      variant: 'v',
      rounds: 3,
      hub: reading('hub', [2, 9, 4]),
      against: { floor: reading('floor', [1, 3, 4]) },
      targets: { ms: [{ kind: 'atMost', value: 3 }] },
    });

    expect(order).toEqual(['hub', 'floor', 'floor', 'hub', 'hub', 'floor']);
    expect(only).toMatchObject({
      hub: { median: 4 },
      other: { name: 'floor', sample: { median: 3 }, ratio: { median: 2, min: 1, max: 3 } },
    });
  });

  it('compares the hub with each of several others, and alone where none of them has the quantity', async () => {
    const measurements = await contest({
      bench: 'b',
      variant: 'v',
      rounds: 1,
      hub: () => Promise.resolve({ ms: 4, s: 1 }),
      against: { one: () => Promise.resolve({ ms: 2 }), two: () => Promise.resolve({ ms: 8 }) },
      targets: { ms: [{ kind: 'none' }], s: [{ kind: 'hubAtMost', value: 2 }] },
    });

    expect(measurements.map(({ quantity, other }) => [quantity, other?.name, other?.ratio.median])).toEqual([
      ['ms', 'one', 2],
      ['ms', 'two', 0.5],
      ['s', undefined, undefined],
    ]);
  });

  it('gives a target by name to its comparison, and none to the others', async () => {
    const bound: Target = { kind: 'atMost', value: 2 };

    const measurements = await contest({
      bench: 'b',
      variant: 'v',
      rounds: 1,
      hub: () => Promise.resolve({ ms: 6 }),
      against: { one: () => Promise.resolve({ ms: 2 }), other: () => Promise.resolve({ ms: 1 }) },
      targets: { ms: [{ kind: 'byName', of: { one: bound } }] },
    });

    expect(measurements.map(({ other, target }) => [other?.name, target])).toEqual([
      ['one', bound],
      ['other', { kind: 'none' }],
    ]);
    expect(measurements.map(isMissed)).toEqual([true, false]);
  });

  it('refuses a target for a comparison that there is not', async () => {
    const reading = (): Promise<{ ms: number }> => Promise.resolve({ ms: 1 });
    const targets = { ms: [{ kind: 'byName', of: { two: { kind: 'atMost', value: 2 } } }] } as const;

    const contesting = contest({ bench: 'b', variant: 'v', rounds: 1, hub: reading, against: { one: reading }, targets });

    await expect(contesting).rejects.toThrow('not compared with two');
  });
});
