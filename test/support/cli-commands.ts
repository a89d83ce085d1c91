// Commands of the command line on the hub of a scenario, each in a process of its own.
import { expect } from 'vitest';
import { type CliResult, runCli } from './run-cli.ts';

export type CliCommands = {
  /** Runs a command, however it ends. */
  readonly cli: (...args: readonly string[]) => Promise<CliResult>;
  /** What a command prints when all is well. */
  readonly outputOf: (...args: readonly string[]) => Promise<string>;
  /** What it prints with --json when all is well. */
  readonly jsonOf: (...args: readonly string[]) => Promise<unknown>;
};

/** @param dataDir asked at each command, since hubs are started after the tests are named. */
export function commandsOn(dataDir: () => string): CliCommands {
  const cli: CliCommands['cli'] = (...args) => runCli(['--data-dir', dataDir(), ...args]);
  const outputOf: CliCommands['outputOf'] = async (...args) => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  return { cli, outputOf, jsonOf: async (...args) => JSON.parse(await outputOf('--json', ...args)) };
}
