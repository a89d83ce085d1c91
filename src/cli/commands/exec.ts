// `twinhub exec -- COMMAND`: runs an app so that it trusts the hub's CA and finds the hub on whatever ports it is.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { type HubTarget, SDK_PORTS } from '../find-hub.ts';
import { mqttPortOption } from '../mqtt-port.ts';
import { openSession } from '../session.ts';

const EXEC_HELP = `
Only Node.js apps are led to other ports. Examples:
  twinhub exec -- node app.js --verbose
  twinhub exec --connect 'HostName=hub.example.com:8443;…' --mqtt-port 18883 -- node app.js

A connection string may name the HTTPS port of a hub; its MQTT port is named beside it.`;

export function addExecCommand(program: Command): void {
  program
    .command('exec <command> [args...]')
    .description("Run an app that trusts the hub's CA and is led to the hub where that is on other ports than 443 and 8883.")
    .addOption(mqttPortOption())
    .showHelpAfterError('(put -- before the command of the app: twinhub exec -- node app.js --verbose)')
    .addHelpText('after', EXEC_HELP)
    .action(runApp);
}

async function runApp(this: Command, command: string, args: readonly string[]): Promise<void> {
  const { hub } = await openSession(this);
  await hub.send({ method: 'GET', path: '/hub/health/live' });
  const folder = await mkdtemp(join(tmpdir(), 'twinhub-exec-'));
  try {
    const env = { ...process.env, ...(await trustIn(hub.target, folder)), ...redirectTo(hub.target) };
    process.exitCode = await runToItsEnd(command, args, env);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Node.js reads one file of extra CAs, so where the user names one already, both go into a new one. */
async function trustIn({ caPath }: HubTarget, folder: string): Promise<NodeJS.ProcessEnv> {
  if (caPath === undefined) return {};
  const own = process.env['NODE_EXTRA_CA_CERTS'];
  if (own === undefined || own === '' || resolve(own) === resolve(caPath)) return { NODE_EXTRA_CA_CERTS: resolve(caPath) };
  const both = join(folder, 'ca.pem');
  await writeFile(both, `${await readOwnCas(own)}\n${await readFile(caPath, 'utf8')}`);
  return { NODE_EXTRA_CA_CERTS: both };
}

async function readOwnCas(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`Cannot read the file that NODE_EXTRA_CA_CERTS names (${reason}). Correct the variable, or unset it.`, {
      cause: error,
    });
  }
}

function redirectTo({ hostNames, httpsPort, mqttPort }: HubTarget): NodeJS.ProcessEnv {
  if (httpsPort === SDK_PORTS.https && mqttPort === SDK_PORTS.mqtt) return {};
  const preload = fileURLToPath(new URL('../../redirect/preload.cjs', import.meta.url));
  const own = process.env['NODE_OPTIONS'] ?? '';
  return {
    NODE_OPTIONS: `${own} --require ${quoted(preload)}`.trimStart(),
    TWINHUB_REDIRECT: JSON.stringify({ hosts: hostNames, ports: { [SDK_PORTS.https]: httpsPort, [SDK_PORTS.mqtt]: mqttPort } }),
  };
}

/** NODE_OPTIONS is split at spaces outside double quotes, with the backslash as escape inside. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** @returns the exit code of the app; when a signal ended it, 128 and the number of the signal, as shells do. */
function runToItsEnd(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolveCode, reject) => {
    const app = spawn(command, args, { stdio: 'inherit', env });
    // A terminal sends its signals to the app as well, and twice would be read as "at once" by many.
    const forward = (signal: NodeJS.Signals): void => {
      if (!process.stdin.isTTY || signal === 'SIGTERM') app.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, forward);
    app.on('error', (error) => reject(new CommandFailure(`Cannot run ${command} (${error.message}).`, { cause: error })));
    app.on('close', (code, signal) => resolveCode(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
