// Attacks a hub for as long as one asks, while decent clients use it, and watches what its process holds: `npm run soak -- --help`.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { pause } from '../src/system/pause.ts';
import { ATTACKS } from '../test/hostile/attacks/all.ts';
import type { Vitals } from '../test/hostile/hub-probe.ts';
import { type Growth, growths, LEAK_BOUNDS_BYTES, LEAK_SAMPLES_MIN } from '../test/hostile/leak-rule.ts';
import { besiege, type Siege } from '../test/hostile/siege.ts';
import { Waits } from './soak-waits.ts';

const HELP = `npm run soak -- [options]

Starts a hub, attacks it with hostile input of every kind over the network, and lets decent devices and back ends work during and after
each attack. Ends with 1 when one of them is not served, something acknowledged is lost, the hub answers with a fault, a secret is in its
log, it holds more and more memory, or connections stay open.

  --minutes N   how long (default: 10); fewer than about 8 passes over all attacks say nothing about memory
  --rounds N    how many attacks instead
  --seed N      the same attacks as in an earlier run (default: by chance, printed)
  --first N     the round to begin with (default: 0); a failure names its round
  --json        one JSON object at the end on standard output; progress goes to standard error
  --help        this text
`;

/** The hub gives up a request that does not arrive after 60 seconds, and looks every 30. */
const ABANDONED_SECONDS = 150;

const MIB = 1024 * 1024;

type Options = { readonly minutes: number; readonly rounds: number; readonly seed: number; readonly first: number; readonly json: boolean };

type Outcome = {
  readonly seed: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly faults: readonly string[];
  readonly growths: readonly Growth[];
  readonly waits: ReturnType<Waits['table']>;
  readonly baseline: Vitals;
  readonly samples: readonly Vitals[];
  /** After the last attack, when everything that it left was given up. */
  readonly end: Vitals | undefined;
};

let interrupted = false;
process.once('SIGINT', () => (interrupted = true));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) return process.exitCode === undefined ? 0 : 2;
  say(`Seed ${options.seed}, ${ATTACKS.length} attacks in a pass. Ctrl+C ends the run with what is known by then.`);
  const outcome = await soak(options);
  if (options.json) console.log(JSON.stringify({ passed: outcome.faults.length === 0, ...outcome }, undefined, 2));
  report(outcome);
  return outcome.faults.length === 0 ? 0 : 1;
}

/** `undefined` when there is nothing to do. */
function readOptions(args: readonly string[]): Options | undefined {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const { values } = parseArgs({
      args: [...args],
      options: { minutes: text, rounds: text, seed: text, first: text, json: flag, help: flag },
    });
    if (values.help === true) {
      console.log(HELP);
      return undefined;
    }
    const rounds = numberOf('rounds', values.rounds) ?? Number.POSITIVE_INFINITY;
    const minutes = numberOf('minutes', values.minutes) ?? (values.rounds === undefined ? 10 : Number.POSITIVE_INFINITY);
    const seed = numberOf('seed', values.seed) ?? randomInt(2 ** 31);
    return { minutes, rounds, seed, first: numberOf('first', values.first) ?? 0, json: values.json === true };
  } catch (error) {
    process.exitCode = 2;
    say(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return undefined;
  }
}

function numberOf(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(value)) throw new Error(`--${name} must be a number, not '${value}'.`);
  return Number(value);
}

async function soak({ minutes, rounds, seed, first }: Options): Promise<Outcome> {
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1000);
  await using siege = await besiege({ seed, keepAbandoned: true });
  const { baseline } = siege;
  const [faults, samples, waits]: [string[], Vitals[], Waits] = [[], [], new Waits()];
  let round = first;
  let end: Vitals | undefined;
  try {
    for (; round < first + rounds && seconds() < minutes * 60 && !interrupted; round += 1) {
      waits.add(await siege.round(round));
      if ((round + 1) % ATTACKS.length !== 0) continue;
      const vitals = await siege.vitals();
      samples.push(vitals);
      say(`${seconds()} s, ${round + 1 - first} rounds: ${inWords(vitals)}, ${siege.abandoned} abandoned; ${waits.inWords()}`);
    }
    faults.push(...(await leftAfterAll(siege)), ...leaks(growths(samples)));
    end = await siege.vitals();
    await siege.close();
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  return {
    seed,
    rounds: round - first,
    seconds: seconds(),
    faults,
    growths: growths(samples),
    waits: waits.table(),
    baseline,
    samples,
    end,
  };
}

/** Waits until the hub has given up what was left to it. @returns what it has not. */
async function leftAfterAll(siege: Siege): Promise<readonly string[]> {
  say(`Waiting for the hub to close ${siege.abandoned} abandoned connections.`);
  let left = await siege.leftOpen();
  for (let waited = 0; waited < ABANDONED_SECONDS && left.length > 0; waited += 1) {
    await pause(1000);
    left = await siege.leftOpen();
  }
  return left;
}

function leaks(all: readonly Growth[]): readonly string[] {
  return all
    .filter(({ isLeak }) => isLeak)
    .map(
      ({ measure, firstBytes, lastBytes }) =>
        `${measure} grew from ${mib(firstBytes)} to ${mib(lastBytes)}, by more than ${mib(LEAK_BOUNDS_BYTES[measure])}. Run each attack by itself with --first N --rounds 1 in a loop, and compare heap snapshots of the hub.`,
    );
}

function report({ seed, rounds, seconds, faults, growths: grown, baseline, samples, end, waits }: Outcome): void {
  say(`\n${rounds} rounds in ${seconds} s, seed ${seed}`);
  say(`At the beginning: ${inWords(baseline)}`);
  if (end) say(`At the end: ${inWords(end)}`);
  for (const { measure, firstBytes, lastBytes } of grown) {
    say(`${measure}: ${mib(firstBytes)} in the first third, ${mib(lastBytes)} in the last`);
  }
  if (grown.length === 0) say(`${samples.length} samples are too few to judge memory, it takes ${LEAK_SAMPLES_MIN}.`);
  for (const { operation, count, medianMs, p99Ms, maxMs } of waits) {
    say(`${operation}: ${count} times, median ${medianMs} ms, 99 % below ${p99Ms} ms, longest ${maxMs} ms`);
  }
  for (const fault of faults) say(`\nFAIL ${fault}`);
  say(faults.length === 0 ? '\nPASS' : `\nThe same attacks again: npm run soak -- --seed ${seed} --rounds ${rounds + 1}`);
}

function inWords({ rssBytes, heapBytes, externalBytes, sockets, fileDescriptors, loopDelayMs }: Vitals): string {
  const files = fileDescriptors === undefined ? '' : `, ${fileDescriptors} files`;
  const memory = `resident ${mib(rssBytes)}, heap ${mib(heapBytes)}, external ${mib(externalBytes)}`;
  return `${memory}, ${sockets} sockets${files}, event loop late by ${Math.round(loopDelayMs)} ms at most`;
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function say(line: string): void {
  console.error(line);
}
