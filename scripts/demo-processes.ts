// The processes of the demo: started, listened to line by line, and ended when it is over, however it is over.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** One Node.js process. Its standard error is the demo's own. */
export class DemoProcess {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #exitCode: Promise<number | null>;
  readonly #signal: AbortSignal;
  #wake: () => void = () => undefined;
  #over = false;

  /** @param parts.show called with each line. @param parts.signal ends every wait. */
  constructor(parts: {
    readonly name: string;
    readonly args: readonly string[];
    readonly env?: Record<string, string>;
    readonly show: (line: string) => void;
    readonly signal: AbortSignal;
  }) {
    this.#name = parts.name;
    this.#signal = parts.signal;
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const child = spawn(process.execPath, parts.args, { cwd: ROOT, env: { ...process.env, ...parts.env }, stdio: [...stdio] });
    this.#child = child;
    this.#exitCode = once(child, 'close').then(() => child.exitCode);
    parts.signal.addEventListener('abort', () => this.#wake());
    this.#readLines(child.stdout, parts.show);
  }

  /** The first line that holds the text. @throws Error when the process ends, or the time is over, without it. */
  async seen(text: string): Promise<string> {
    for (;;) {
      const line = this.#lines.find((candidate) => candidate.includes(text));
      if (line !== undefined) return line;
      if (this.#over) throw new Error(`The ${this.#name} ended before it said '${text}'.`);
      if (this.#signal.aborted) throw new Error(`The ${this.#name} did not say '${text}' in time.`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** All that it printed, once it has ended well. @throws Error when it has not. */
  async output(): Promise<string> {
    const code = await this.#exitCode;
    if (code !== 0) throw new Error(`The ${this.#name} ended with ${code}.`);
    return this.#lines.join('\n');
  }

  /** Asks it to stop and waits until it has. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exitCode;
  }

  #readLines(output: Readable | null, show: (line: string) => void): void {
    if (!output) throw new Error(`The ${this.#name} has no output.`);
    const reader = createInterface({ input: output });
    reader.on('line', (line) => {
      this.#lines.push(line);
      show(line);
      this.#wake();
    });
    reader.on('close', () => {
      this.#over = true;
      this.#wake();
    });
  }
}
