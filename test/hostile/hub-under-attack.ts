// A hub in a process of its own, started as a user starts it, with its log read line by line and a probe inside.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type HubRecord, readHubRecord } from '../../src/config/hub-record.ts';
import type { Vitals } from './hub-probe.ts';
import type { LogWatch } from './log-watch.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const PROBE = new URL('hub-probe.ts', import.meta.url).href;

export class HubUnderAttack {
  readonly record: HubRecord;
  readonly caPem: string;
  readonly #child: ChildProcess;

  constructor(parts: { readonly record: HubRecord; readonly caPem: string; readonly child: ChildProcess }) {
    this.record = parts.record;
    this.caPem = parts.caPem;
    this.#child = parts.child;
  }

  /** @param folder where it keeps its data. @throws Error when it ends before it is ready; the log says why. */
  static async start(folder: string, log: LogWatch): Promise<HubUnderAttack> {
    const ports = ['--https-port', '0', '--mqtt-port', '0', '--bind', '127.0.0.1'];
    const args = ['--expose-gc', '--import', PROBE, MAIN, 'start', '--data-dir', folder, ...ports, '--log-level', 'debug', '--json'];
    // In a group of its own, so that Ctrl+C in a terminal is for the attackers; the probe ends it when they are gone.
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true });
    if (!child.stdout || !child.stderr) throw new Error('The hub has pipes.');
    child.stderr.setEncoding('utf8').on('data', (text: string) => log.read(text));
    const output = createInterface({ input: child.stdout });
    const [ready] = await Promise.race([once(output, 'line'), once(child, 'exit')]);
    if (typeof ready !== 'string') throw new Error(`The hub did not start: ${log.takeFaults().join('\n')}`);
    const record = await readHubRecord(folder);
    return new HubUnderAttack({ record, caPem: await readFile(join(folder, 'ca.pem'), 'utf8'), child });
  }

  /** Whether the process is there. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws Error when the process is gone. */
  async vitals(): Promise<Vitals> {
    if (!this.isAlive) throw new Error('The hub is gone.');
    const gone = new AbortController();
    const onExit = (): void => gone.abort(new Error('The hub is gone.'));
    this.#child.once('exit', onExit);
    try {
      const answer = once(this.#child, 'message', { signal: gone.signal });
      this.#child.send('vitals');
      const [vitals] = (await answer) as [Vitals];
      return vitals;
    } finally {
      this.#child.off('exit', onExit);
    }
  }

  /** As Ctrl+C does. @returns its exit code, which is 0 after a clean stop. */
  async stop(): Promise<number | null> {
    if (!this.isAlive) return this.#child.exitCode;
    // After its exit, so that its last words have been read.
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
    return this.#child.exitCode;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
