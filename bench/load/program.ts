// Runs a floor that drives itself, and reads what it measured.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { endWithBench } from './child-process.ts';
import type { FlowResult } from './flow.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RESULT = 'floor result ';

/** @throws Error with its standard error when it ends without a result. */
export async function runProgram(program: string, env: Readonly<Record<string, string>>): Promise<FlowResult> {
  const child = spawn(process.execPath, [`bench/floors/${program}`], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithBench(child);
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const line = output.split('\n').find((candidate) => candidate.startsWith(RESULT));
  if (line === undefined) throw new Error(`The floor ${program} gave no result: ${complaints}`);
  return JSON.parse(line.slice(RESULT.length)) as FlowResult;
}
