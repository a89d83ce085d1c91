// One process under measurement: started, asked what it used, and ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where hub and floors find what V8 made of their code before, as an installed hub does. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));

/** The kernel counts processor time in these. */
const TICKS_PER_SECOND = 100;

export type ChildOptions = {
  readonly name: string;
  /** Node.js unless given. */
  readonly command?: string;
  /** For Node.js: options, a program, and its arguments. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The line by which the process says that it is ready; its first group is kept. */
  readonly readyLine: RegExp;
  /** Where it says so: `stdout` unless given. */
  readonly readyOn?: 'stdout' | 'stderr';
};

export class MeasuredProcess implements AsyncDisposable {
  /** The first group of its ready line. */
  readonly readyText: string;
  /** From the start of the process to its ready line. */
  readonly startMs: number;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #complaints: () => string;

  constructor(parts: { name: string; child: ChildProcess; readyText: string; startMs: number; complaints: () => string }) {
    this.#name = parts.name;
    this.#child = parts.child;
    this.#complaints = parts.complaints;
    this.readyText = parts.readyText;
    this.startMs = parts.startMs;
  }

  /** Resolves when it is ready. @throws Error with what it complained about when it ends before. */
  static async start({
    name,
    command = process.execPath,
    args,
    env,
    readyLine,
    readyOn = 'stdout',
  }: ChildOptions): Promise<MeasuredProcess> {
    const startedAt = performance.now();
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { NODE_COMPILE_CACHE: COMPILED, ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithBench(child);
    let complaints = '';
    child.stderr.on('data', (chunk: Buffer) => (complaints = `${complaints}${chunk.toString()}`.slice(-4000)));
    for await (const line of createInterface({ input: child[readyOn] })) {
      const ready = readyLine.exec(line);
      if (!ready) continue;
      child[readyOn].resume();
      return new MeasuredProcess({
        name,
        child,
        readyText: ready[1] ?? '',
        startMs: performance.now() - startedAt,
        complaints: () => complaints,
      });
    }
    throw new Error(`${name} ended before it was ready: ${complaints}`);
  }

  /** Processor time of all its threads so far, user and system, in microseconds; moves in steps of 10,000. */
  cpuMicros(): number {
    const fields = this.#stat()
      .slice(this.#stat().lastIndexOf(')') + 2)
      .split(' ');
    // utime and stime are the fields 14 and 15 of the line, the first one here is the third [proc_pid_stat(5)].
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS_PER_SECOND;
  }

  residentBytes(): number {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))?.[1];
    return Number(kib) * 1024;
  }

  /** Does nothing when it has ended. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** What it complained about on standard error, at most the last 4,000 characters. */
  complaints(): string {
    return this.#complaints();
  }

  /** Asks it to stop and waits until it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  #stat(): string {
    try {
      return readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    } catch (error) {
      throw new Error(`What ${this.#name} used cannot be read; benches run on Linux only.`, { cause: error });
    }
  }
}

/** A bench that is broken off leaves nobody behind. */
export function endWithBench(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}
