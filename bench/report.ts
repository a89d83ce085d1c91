// What a run of benches says, as a table for people and as data.
import { cpus, release, totalmem } from 'node:os';
import Table from 'cli-table3';
import type { EnduranceSample } from './endurance/samples.ts';
import { describeTarget, type Measurement, verdictOn } from './measurement.ts';
import { purchasedCap } from './purchased-caps.ts';
import type { Sample } from './statistics.ts';

export type BenchReport = {
  /** ISO-8601 UTC, when the run began. */
  readonly at: string;
  readonly machine: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly measurements: readonly Measurement[];
  /** What a reader has to know beside the numbers, such as a peer that was left out. */
  readonly notes: readonly string[];
  /** Of the bench `endurance`; empty without it. */
  readonly samples: readonly EnduranceSample[];
};

export function machineDescription(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${processors.length} × ${processors[0]?.model.trim()}, ${memory} GiB, Linux ${release()}, Node.js ${process.version}`;
}

/** The columns of a measurement after its bench and variant, in the words that people read. */
export const COLUMNS = ['measured', 'hub', 'compared with', 'hub : other', 'target', '', 'cap bought per unit'] as const;

export function cellsOf(measurement: Measurement): readonly string[] {
  const { quantity, hub, other, target } = measurement;
  const compared = other ? `${other.name} ${shown(other.sample)}` : '–';
  return [
    quantity,
    shown(hub),
    compared,
    other ? shown(other.ratio) : '–',
    describeTarget(target),
    verdictOn(measurement),
    purchasedCap(measurement) ?? '',
  ];
}

export function asTable(measurements: readonly Measurement[]): string {
  const table = new Table({ head: ['', ...COLUMNS], style: { head: [], border: [] } });
  for (const each of measurements) table.push([each.variant, ...cellsOf(each)]);
  return table.toString();
}

/** The median, and the least and greatest of all rounds. */
function shown({ median, min, max }: Sample): string {
  return min === max ? rounded(median) : `${rounded(median)} [${rounded(min)} … ${rounded(max)}]`;
}

function rounded(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
