// Measures the hub against floors in the same run: `npm run bench -- --help`.
import { BENCHES } from './catalogue.ts';
import { Lab } from './lab.ts';
import { isMissed, type Measurement } from './measurement.ts';
import { type BenchOptions, HELP, readOptions } from './options.ts';
import { asTable, type BenchReport, machineDescription } from './report.ts';
import { newestResults } from './results-page.ts';
import { UsageError } from './usage-error.ts';
import { checkResultFiles, readRun, writeResults } from './write-results.ts';

// What it has started and made goes with the process only when that exits by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.setMaxListeners(0);
process.exitCode = await main(process.argv.slice(2));

/** @returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options !== 'help') return await measure(options);
    console.log(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(`${error.message} See \`npm run bench -- --help\`.`);
    return 2;
  }
}

async function measure(options: BenchOptions): Promise<number> {
  const { names, files } = options;
  if (names.length > 0 && process.platform !== 'linux') {
    throw new UsageError('Benches read from /proc what processes use, which Linux alone has. Only --from works elsewhere.');
  }
  const earlier = await Promise.all(options.from.map(readRun));
  await checkResultFiles(files);
  const report = await runBenches(options);
  if (options.json) console.log(JSON.stringify(report, undefined, 2));
  await writeResults([...earlier, report], files);
  const missed = newestResults([...earlier, report]).flatMap(({ measurements }) => measurements.filter(isMissed));
  for (const { bench, variant, quantity } of missed) say(`Missed: ${bench}, ${variant}, ${quantity}`);
  return options.check && missed.length > 0 ? 1 : 0;
}

async function runBenches(options: BenchOptions): Promise<BenchReport> {
  const { names, rounds, seconds } = options;
  const at = new Date().toISOString();
  await using lab = new Lab({ ...options, say });
  const measurements: Measurement[] = [];
  for (const name of names) {
    say(`${name}: ${BENCHES.get(name)?.about}`);
    const measured = (await BENCHES.get(name)?.run(lab)) ?? [];
    if (!options.json) console.log(asTable(measured));
    measurements.push(...measured);
  }
  return { at, machine: machineDescription(), rounds, seconds, measurements, notes: lab.notes, samples: lab.samples };
}

function say(line: string): void {
  console.error(line);
}
