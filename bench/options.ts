// What the command line of the bench takes.
import { parseArgs } from 'node:util';
import { BENCHES } from './catalogue.ts';
import type { Profile } from './load/hub.ts';
import { UsageError } from './usage-error.ts';
import type { ResultFiles } from './write-results.ts';

export type BenchOptions = {
  readonly names: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly devices: number | undefined;
  readonly minutes: number;
  readonly profile: Profile;
  readonly check: boolean;
  readonly json: boolean;
  /** What earlier runs have printed, to be reported too. */
  readonly from: readonly string[];
  readonly files: ResultFiles;
};

export const HELP = `npm run bench -- [NAME …] [options]

Starts the hub in a process of its own, drives it over TLS from this one, and measures small programs that do the same physical work in
turn with it. Absolute numbers are those of this machine; what counts are the ratios. Linux only.

${[...BENCHES].map(([name, { about }]) => `  ${name.padEnd(24)}${about}`).join('\n')}

  --rounds N       how often hub and floor are measured in turn (default: 5; those over 1,000,000 devices at most 3)
  --seconds N      how long each measurement takes (default: 5)
  --devices N      how many devices method-job, twin-job, bulk, endurance and queries take instead of their own numbers
  --minutes N      how long endurance takes (default: 10)
  --check          ends with 1 when a target is missed by more than 25 %
  --json           one JSON object on standard output; progress goes to standard error
  --charts DIR     draws a chart of each bench as SVG into the folder
  --report FILE    writes the results into the page, between the markers that docs/performance.md has; with --charts it shows them
  --from FILE      takes the results of a run that --json has printed, too; may be given again, and without NAME nothing is measured.
                   Of a bench that several runs have, the newest counts
  --cpu-prof       each thread of the hub leaves a CPU profile in the folder bench-profiles
  --heap-snapshot  the hub leaves a snapshot of its heap there before it stops
  --help           this text
`;

/** `help` when that is all that is asked for. @throws UsageError */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parsed(args);
  if (values.help) return 'help';
  const all = [...BENCHES.keys()];
  const unknown = positionals.filter((name) => !BENCHES.has(name));
  if (unknown.length > 0) throw new UsageError(`There is no bench '${unknown.join("', '")}'. There are ${all.join(', ')}.`);
  return {
    names: positionals.length > 0 || values.from.length > 0 ? all.filter((name) => positionals.includes(name)) : withoutName(),
    rounds: positive(values.rounds, '--rounds'),
    seconds: positive(values.seconds, '--seconds'),
    minutes: positive(values.minutes, '--minutes'),
    devices: values.devices === undefined ? undefined : positive(values.devices, '--devices'),
    profile: { cpu: values['cpu-prof'], heap: values['heap-snapshot'] },
    check: values.check,
    json: values.json,
    from: values.from,
    files: { charts: values.charts, report: values.report },
  };
}

/** The benches that run when none is named. */
function withoutName(): readonly string[] {
  return [...BENCHES].filter(([, { byName }]) => !byName).map(([name]) => name);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '5' },
        devices: { type: 'string' },
        minutes: { type: 'string', default: '10' },
        check: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        charts: { type: 'string' },
        report: { type: 'string' },
        from: { type: 'string', multiple: true, default: [] },
        'cpu-prof': { type: 'boolean', default: false },
        'heap-snapshot': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function positive(text: string, option: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new UsageError(`${option} takes a whole number from 1, not '${text}'.`);
}
