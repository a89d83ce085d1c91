// What the command line of the bench takes and refuses.
import { describe, expect, it } from 'vitest';
import { BENCHES } from '../../../bench/catalogue.ts';
import { HELP, readOptions } from '../../../bench/options.ts';
import { expectRoomFor } from '../../../bench/load/open-files.ts';
import { UsageError } from '../../../bench/usage-error.ts';
import { checkResultFiles, readRun } from '../../../bench/write-results.ts';

describe('the options of the bench', () => {
  it('are all benches but the one that must be named, measured five times for five seconds, unless something else is asked for', () => {
    const options = readOptions([]);

    expect(options).toMatchObject({
      names: [...BENCHES.keys()].filter((name) => name !== 'endurance'),
      rounds: 5,
      seconds: 5,
      devices: undefined,
      check: false,
    });
  });

  it('are benches in their own order, whatever the order of their names', () => {
    expect(readOptions(['start', 'method'])).toMatchObject({ names: ['method', 'start'] });
  });

  it('measure nothing when only earlier runs are to be reported', () => {
    expect(readOptions(['--from', 'a.json', '--from', 'b.json'])).toMatchObject({ names: [], from: ['a.json', 'b.json'] });
    expect(readOptions(['method', '--from', 'a.json'])).toMatchObject({ names: ['method'] });
  });

  it.each([
    [['methods'], "There is no bench 'methods'. There are method, reported,"],
    [['--rounds', '0'], "--rounds takes a whole number from 1, not '0'."],
    [['--seconds', '1.5'], "--seconds takes a whole number from 1, not '1.5'."],
    [['--devices', 'many'], "--devices takes a whole number from 1, not 'many'."],
    [['--fast'], '--fast'],
  ])('refuse %j with a sentence', (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(message);
  });

  it('take 1, the smallest number', () => {
    expect(readOptions(['--rounds', '1', '--devices', '1'])).toMatchObject({ rounds: 1, devices: 1 });
  });

  it('come with a help that names every bench and is asked for by itself', () => {
    expect(readOptions(['--help'])).toBe('help');
    for (const name of BENCHES.keys()) expect(HELP).toMatch(new RegExp(`^  ${name} `, 'm'));
  });
});

describe('the files of earlier runs and pages', () => {
  it.each([
    ['nobody.json', 'cannot be read'],
    ['package.json', 'is not what'],
    ['tsconfig.json', 'is not what'],
  ])('are refused before anything is measured: %s %s', async (path, message) => {
    await expect(readRun(path)).rejects.toThrow(UsageError);
    await expect(readRun(path)).rejects.toThrow(message);
  });

  it('may be absent', async () => {
    await expect(checkResultFiles({ charts: undefined, report: undefined })).resolves.toBeUndefined();
    await expect(checkResultFiles({ charts: undefined, report: 'README.md' })).rejects.toThrow(UsageError);
  });
});

describe('room for connections', () => {
  it.runIf(process.platform === 'linux')('is what a process may have open, and a sentence says what to do where there is none', () => {
    expect(() => expectRoomFor(1)).not.toThrow();
    expect(() => expectRoomFor(1e12)).toThrow(/`ulimit -Hn`.*--devices/);
  });
});
