// The simulator as a process beside the hub, and what it prints.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithBench } from '../load/child-process.ts';
import type { SimulationReport } from '../../src/cli/simulate/simulation-report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

type Line = SimulationReport & { readonly event: 'progress' | 'connected' | 'summary' };

export type SimulatorOptions = {
  /** The data dir of the hub. */
  readonly folder: string;
  readonly devices: number;
  readonly reportsPerSecond: number;
  readonly progressSeconds: number;
};

export class Simulator implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #connected = Promise.withResolvers<SimulationReport>();
  readonly #ended: Promise<unknown>;
  #newest: SimulationReport | undefined;
  #complaints = '';

  constructor({ folder, devices, reportsPerSecond, progressSeconds }: SimulatorOptions) {
    const args = ['--devices', devices, '--rate', reportsPerSecond, '--progress', progressSeconds, '--data-dir', folder, '--json'];
    const child = spawn(process.execPath, ['src/cli/main.ts', 'simulate', ...args.map(String)], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    endWithBench(child);
    child.stderr.on('data', (chunk: Buffer) => (this.#complaints += chunk.toString()));
    // Its own form, which is documented in docs/simulator.md.
    createInterface({ input: child.stdout }).on('line', (text) => this.#read(JSON.parse(text) as Line));
    this.#ended = once(child, 'close');
    void this.#ended.then(() =>
      this.#connected.reject(new Error(`The simulator ended before its devices were connected: ${this.#complaints}`)),
    );
  }

  /** Resolves when all devices are connected. @throws Error when it ends before. */
  get connected(): Promise<SimulationReport> {
    return this.#connected.promise;
  }

  /** What it said last. @throws Error when it has not said anything. */
  get newest(): SimulationReport {
    if (!this.#newest) throw new Error('The simulator has not reported anything.');
    return this.#newest;
  }

  /** Lets the devices take their leave. @returns the summary. */
  async stop(): Promise<SimulationReport> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    return this.newest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.stop();
  }

  #read(line: Line): void {
    this.#newest = line;
    if (line.event === 'connected') this.#connected.resolve(line);
  }
}

/** All that no device should see of a hub that works, and no caller of a fleet that answers. */
export function simulatorErrors({ connections, methods, reports, desired, malformed }: SimulationReport): number {
  const failedConnects = Object.values(connections.failed).reduce((sum, count) => sum + count, 0);
  const ofDevices = failedConnects + connections.lost + methods.failed + methods.dropped;
  return ofDevices + reports.refused + reports.skipped + desired.missed + desired.outOfOrder + malformed;
}
