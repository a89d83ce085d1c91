// `twinhub simulate` in a process of its own, read line by line.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text as readText } from 'node:stream/consumers';
import type { SimulationReport } from '../../../src/cli/simulate/simulation-report.ts';
import { startCli } from '../run-cli.ts';

export type SimulationEvent = SimulationReport & { readonly event: 'progress' | 'connected' | 'summary' };

type Ended = { readonly code: number | null; readonly stderr: string; readonly events: readonly SimulationEvent[] };

export class Simulation {
  readonly #child: ChildProcess;
  readonly #events: SimulationEvent[] = [];
  readonly #stderr: Promise<string>;
  readonly #closed: Promise<unknown>;
  #wake = Promise.withResolvers<void>();
  #isOver = false;

  /** Begins to read at once. */
  constructor(args: readonly string[]) {
    this.#child = startCli(['--json', 'simulate', '--progress', '0.2', ...args]);
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error('the process has pipes');
    this.#stderr = readText(stderr);
    this.#closed = once(this.#child, 'close');
    const lines = createInterface({ input: stdout });
    lines.on('line', (line) => this.#add(JSON.parse(line)));
    lines.on('close', () => this.#add(undefined));
  }

  /** The first line that fits, once it is there. @throws with what it complained about when it ends before. */
  async waitFor(fits: (event: SimulationEvent) => boolean): Promise<SimulationEvent> {
    for (;;) {
      const found = this.#events.find(fits);
      if (found) return found;
      if (this.#isOver) throw new Error(`the simulation ended without it: ${await this.#stderr}`);
      await this.#wake.promise;
    }
  }

  /** Of a process that shares the work, on Linux. */
  firstChildPid(): number {
    const { pid } = this.#child;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
  }

  async stop(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended();
  }

  async ended(): Promise<Ended> {
    await this.#closed;
    return { code: this.#child.exitCode, stderr: await this.#stderr, events: this.#events };
  }

  /** As `kill -9` does. Harmless when it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  #add(event: SimulationEvent | undefined): void {
    if (event) this.#events.push(event);
    else this.#isOver = true;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
