// What a run of benches says, as text and as data.
import { cpus, release, totalmem } from 'node:os';
import Table from 'cli-table3';
import { describeTarget, isMissed, type Measurement, missedBy } from './measurement.ts';
import type { Sample } from './statistics.ts';

export type BenchReport = {
  readonly machine: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly measurements: readonly Measurement[];
};

export function machineDescription(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${processors.length} × ${processors[0]?.model.trim()}, ${memory} GiB, Linux ${release()}, Node.js ${process.version}`;
}

export function asTable(measurements: readonly Measurement[]): string {
  const table = new Table({ head: ['', 'measured', 'hub', 'floor', 'hub : floor', 'target', ''], style: { head: [], border: [] } });
  for (const each of measurements) {
    table.push([
      each.variant,
      each.quantity,
      shown(each.hub),
      shown(each.floor),
      shown(each.ratio),
      describeTarget(each.target),
      verdict(each),
    ]);
  }
  return table.toString();
}

/** The median, and the least and greatest of all rounds. */
function shown(sample: Sample | undefined): string {
  return sample ? `${rounded(sample.median)} [${rounded(sample.min)} … ${rounded(sample.max)}]` : '';
}

function rounded(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function verdict(measurement: Measurement): string {
  if (measurement.target.kind === 'none') return '';
  if (missedBy(measurement) <= 0) return 'met';
  return isMissed(measurement) ? 'missed' : 'near';
}
