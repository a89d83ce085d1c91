// Counts that add up over processes.
import { describe, expect, it } from 'vitest';
import { addCounts, NO_COUNTS, Tally } from '../../../src/simulator/tally.ts';

describe('counts', () => {
  it('add up over processes', () => {
    const one = new Tally();
    one.add('connected', 3);
    one.failed('ECONNREFUSED');
    one.connectMs.record(4);
    const other = new Tally();
    other.add('connected', 4);
    other.add('lost');
    other.failed('ECONNREFUSED');
    other.failed('timeout');

    const { counters, failures, connectMs } = addCounts(addCounts(NO_COUNTS, one.counts()), other.counts());

    expect(counters).toMatchObject({ connected: 7, lost: 1, connects: 0 });
    expect(failures).toEqual({ ECONNREFUSED: 2, timeout: 1 });
    expect(connectMs.reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  it('stay as they were told', () => {
    const tally = new Tally();
    const before = tally.counts();

    tally.add('lost');

    expect(before).toEqual(NO_COUNTS);
    expect(new Tally().counts()).toEqual(NO_COUNTS);
  });

  it('keep 20 reasons apart, and the others together', () => {
    const tally = new Tally();

    for (let code = 1; code <= 22; code += 1) tally.failed(`refused (${code})`);
    tally.failed('refused (1)');

    expect(tally.counts().failures).toMatchObject({ 'refused (1)': 2, 'refused (20)': 1, other: 2 });
    expect(Object.keys(tally.counts().failures)).toHaveLength(21);
  });
});
