// Measures the hub against floors in the same run: `npm run bench -- --help`.
import { parseArgs } from 'node:util';
import { benchBulk } from './benches/bulk.ts';
import { benchConnections } from './benches/connections.ts';
import { benchMethodJobs, benchTwinJobs } from './benches/job.ts';
import { benchMethods } from './benches/method.ts';
import { benchReported } from './benches/reported.ts';
import { benchStart } from './benches/start.ts';
import { benchTwinReads } from './benches/twin-read.ts';
import { Lab } from './lab.ts';
import { isMissed, type Measurement } from './measurement.ts';
import { asTable, type BenchReport, machineDescription } from './report.ts';

const BENCHES: Readonly<Record<string, { readonly about: string; readonly run: (lab: Lab) => Promise<readonly Measurement[]> }>> = {
  method: { about: 'direct methods over HTTPS and MQTT', run: benchMethods },
  reported: { about: 'reported updates, acknowledged when durable', run: benchReported },
  'twin-read': { about: 'twin reads by REST', run: benchTwinReads },
  connect: { about: 'new TLS connections, and what an idle one holds', run: benchConnections },
  'method-job': { about: 'a job: a direct method to connected devices', run: benchMethodJobs },
  'twin-job': { about: 'a job: a twin update over registered devices', run: benchTwinJobs },
  bulk: { about: 'bulk registration', run: benchBulk },
  start: { about: 'start to ready, and idle memory', run: benchStart },
};

const HELP = `npm run bench -- [NAME …] [options]

Starts the hub in a process of its own, drives it over TLS from this one, and measures small programs that do the same physical work in
turn with it. Absolute numbers are those of this machine; what counts are the ratios. Linux only.

${Object.entries(BENCHES)
  .map(([name, { about }]) => `  ${name.padEnd(12)}${about}`)
  .join('\n')}

  --rounds N    how often hub and floor are measured in turn (default: 5)
  --seconds N   how long each measurement takes (default: 5)
  --check       ends with 1 when a target is missed by more than 25 %
  --json        one JSON object on standard output; progress goes to standard error
  --cpu-prof    the hub leaves a CPU profile in the folder bench-profiles, for the DevTools of Chromium
  --help        this text
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  const measurements: Measurement[] = [];
  const lab = new Lab({ ...options, say });
  for (const name of options.names) {
    say(`${name}: ${BENCHES[name]?.about}`);
    const measured = (await BENCHES[name]?.run(lab)) ?? [];
    if (!options.json) console.log(asTable(measured));
    measurements.push(...measured);
  }
  const { rounds, seconds } = options;
  const report: BenchReport = { machine: machineDescription(), rounds, seconds, measurements };
  if (options.json) console.log(JSON.stringify(report, undefined, 2));
  const missed = measurements.filter(isMissed);
  for (const { bench, variant, quantity } of missed) say(`Missed: ${bench}, ${variant}, ${quantity}`);
  return options.check && missed.length > 0 ? 1 : 0;
}

type Options = {
  readonly names: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly nodeOptions: readonly string[];
  readonly check: boolean;
  readonly json: boolean;
};

/** An exit code when there is nothing to do. */
function readOptions(args: readonly string[]): Options | number {
  const names = Object.keys(BENCHES);
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '5' },
        check: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        'cpu-prof': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const unknown = positionals.filter((name) => !names.includes(name));
    if (unknown.length > 0) throw new TypeError(`There is no bench '${unknown.join("', '")}'. There are ${names.join(', ')}.`);
    return {
      names: positionals.length > 0 ? positionals : names,
      rounds: positive(values.rounds, '--rounds'),
      seconds: positive(values.seconds, '--seconds'),
      nodeOptions: values['cpu-prof'] ? ['--cpu-prof', '--cpu-prof-dir=bench-profiles'] : [],
      check: values.check,
      json: values.json,
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    say(`${error.message} See \`npm run bench -- --help\`.`);
    return 2;
  }
}

function positive(text: string, option: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new TypeError(`${option} takes a whole number from 1, not '${text}'.`);
}

function say(line: string): void {
  console.error(line);
}
