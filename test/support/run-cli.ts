// Runs the command line in a process of its own, as a user does.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { storeOfTests } from './test-store.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export type CliResult = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** `env` is added to that of the test. */
export type CliSurroundings = { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: string };

/**
 * Starts a command without waiting for its end. Its standard input is closed unless there is `input`. A hub that it starts keeps its data where
 * the run of the tests says, unless `args` or `env` name a store.
 */
export function startCli(args: readonly string[], { cwd, env, input }: CliSurroundings = {}): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, ...storeOf(args, cwd), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input ?? '');
  return child;
}

/** Not as a flag, which every user of the machine could read. */
function storeOf(args: readonly string[], cwd = process.cwd()): NodeJS.ProcessEnv {
  if (!args.includes('start') || args.includes('--store')) return {};
  const dataDir = args.includes('--data-dir') ? args[args.indexOf('--data-dir') + 1] : join(cwd, '.twinhub');
  const store = storeOfTests(dataDir);
  return store === undefined ? {} : { TWINHUB_STORE: store };
}

export async function runCli(args: readonly string[], surroundings: CliSurroundings = {}): Promise<CliResult> {
  return endOf(startCli(args, surroundings));
}

/** @returns what a process wrote until a line of it fits. @throws with all it wrote when it ends before. */
export async function awaitLine({ stdout, stderr }: ChildProcess, line: RegExp): Promise<string> {
  if (!stdout || !stderr) throw new Error('the process has pipes');
  let text = '';
  const done = Promise.withResolvers<string>();
  const onData = (part: Buffer): void => {
    text += part.toString();
    if (line.test(text)) done.resolve(text);
  };
  stdout.on('data', onData);
  stderr.on('data', onData);
  stdout.once('close', () => done.reject(new Error(`the process ended without ${line}: ${text}`)));
  try {
    return await done.promise;
  } finally {
    stdout.off('data', onData);
    stderr.off('data', onData);
  }
}

/** What a process wrote from this moment on, and its exit code. */
export async function endOf(child: ChildProcess): Promise<CliResult> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('the process has pipes');
  const [out, err] = await Promise.all([readText(stdout), readText(stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout: out, stderr: err };
}
