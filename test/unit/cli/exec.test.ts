// Goal: an app under `exec` trusts the hub and reaches it on its ports; signals, output and exit code pass through.
// Method: real processes against a server that stands in for the hub; the app is a line of JavaScript.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeHubRecord } from '../../../src/config/hub-record.ts';
import { awaitLine, type CliResult, endOf, runCli, startCli } from '../../support/run-cli.ts';
import { type StandInHub, startStandInHub } from '../../support/stand-in-hub.ts';

let hub: StandInHub;

beforeAll(async () => {
  hub = await startStandInHub((request, response) => response.end(JSON.stringify({ path: request.url, host: request.headers.host })));
  await useRecord({});
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
});

async function useRecord(parts: { readonly httpsPort?: number; readonly mqttPort?: number; readonly pid?: number }): Promise<void> {
  await writeHubRecord(hub.directory, {
    version: '1.2.3',
    pid: 4711,
    hostName: 'localhost',
    hostNames: ['localhost', '127.0.0.1'],
    bindAddress: undefined,
    httpsPort: hub.port,
    mqttPort: 18_883,
    caPath: hub.caPath,
    storePath: undefined,
    storeName: undefined,
    connectionString: 'HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey=b3duZXI=',
    ...parts,
  });
}

function execArguments(script: string): readonly string[] {
  return ['--data-dir', hub.directory, 'exec', '--', process.execPath, '-e', script];
}

function execNode(script: string, env: NodeJS.ProcessEnv = {}): Promise<CliResult> {
  return runCli(execArguments(script), { env: { NODE_OPTIONS: '', NODE_EXTRA_CA_CERTS: '', ...env } });
}

const PRINT_ENVIRONMENT = `console.log(JSON.stringify(process.env))`;
const CALL_THE_HUB = `fetch('https://localhost/hello').then((answer) => answer.text()).then(console.log, (error) => console.log(error.cause.code))`;

describe('an app under exec', () => {
  it('reaches the hub at its name, without a port and with trust', async () => {
    const { code, stdout, stderr } = await execNode(CALL_THE_HUB);

    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ path: '/hello', host: 'localhost' });
    expect(code).toBe(0);
  });

  it('finds its own CAs and options beside those of the hub', async () => {
    const ownCas = join(hub.directory, 'own cas.pem');
    const ca = await readFile(hub.caPath, 'utf8');
    await writeFile(ownCas, '# my own\n');
    const script = `console.log(require('fs').readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8')); console.log(process.env.NODE_OPTIONS); ${CALL_THE_HUB}`;

    const { stdout } = await execNode(script, { NODE_EXTRA_CA_CERTS: ownCas, NODE_OPTIONS: '--no-deprecation' });

    expect(stdout).toContain('# my own\n');
    expect(stdout).toContain(ca);
    expect(stdout).toMatch(/^--no-deprecation --require ".*preload\.cjs"$/m);
    expect(stdout).toContain('{"path":"/hello","host":"localhost"}');
  });

  it('leads nothing but the two ports of the hub under its names', async () => {
    const { stdout } = await execNode(PRINT_ENVIRONMENT);

    const env: Record<string, string> = JSON.parse(stdout);
    expect(env['NODE_EXTRA_CA_CERTS']).toBe(hub.caPath);
    expect(JSON.parse(env['TWINHUB_REDIRECT'] ?? '')).toEqual({
      hosts: ['localhost', '127.0.0.1'],
      ports: { 443: hub.port, 8883: 18_883 },
    });
  });

  it('is led to the MQTT port that is named beside --connect', async () => {
    const connect = `HostName=localhost:${hub.port};SharedAccessKeyName=service;SharedAccessKey=a2V5`;
    const args = ['--connect', connect, '--ca', hub.caPath, 'exec', '--mqtt-port', '18884', '--', process.execPath, '-p'];

    const { stdout, stderr } = await runCli([...args, 'process.env.TWINHUB_REDIRECT'], { env: { NODE_OPTIONS: '' } });

    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ hosts: ['localhost'], ports: { 443: hub.port, 8883: 18_884 } });
  });

  it('gets its input, and its output and exit code come through', async () => {
    const script = `process.stdin.on('data', (text) => { process.stdout.write('out ' + text); process.stderr.write('err ' + text); process.exitCode = 42; })`;

    const result = await runCli(execArguments(script), { input: 'hello' });

    expect(result).toEqual({ code: 42, stdout: 'out hello', stderr: 'err hello' });
  });

  it('gets its own flags, also those that the command line has too', async () => {
    const script = `console.log(process.argv.slice(1).join(' '))`;

    const { stdout } = await runCli([...execArguments(script), 'one', '--json', '--', '--data-dir', 'two']);

    expect(stdout).toBe('one --json -- --data-dir two\n');
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('gets %s and may end as it likes', async (signal) => {
    const script = `process.on('${signal}', () => process.exit(7)); setInterval(() => undefined, 1000); console.log('waiting')`;
    const child = startCli(execArguments(script));
    await awaitLine(child, /waiting/);

    child.kill(signal);
    const { code } = await endOf(child);

    expect(code).toBe(7);
  });

  it('that a signal ends makes an exit code as in a shell', async () => {
    const { code } = await execNode(`process.kill(process.pid, 'SIGKILL'); setInterval(() => undefined, 1000)`);

    expect(code).toBe(128 + 9);
  });

  it('leaves no file behind', async () => {
    const ownCas = join(hub.directory, 'own.pem');
    await writeFile(ownCas, '');

    const { stdout } = await execNode(PRINT_ENVIRONMENT, { NODE_EXTRA_CA_CERTS: ownCas });

    const { NODE_EXTRA_CA_CERTS: used } = JSON.parse(stdout);
    expect(used).not.toBe(ownCas);
    await expect(readFile(used)).rejects.toThrow('ENOENT');
  });
});

describe('exec', () => {
  it('says so when the command does not exist', async () => {
    const { code, stderr } = await runCli(['--data-dir', hub.directory, 'exec', '--', 'no-such-app']);

    expect(stderr).toBe('error: Cannot run no-such-app (spawn no-such-app ENOENT).\n');
    expect(code).toBe(1);
  });

  it("says so when the user's own CA file cannot be read", async () => {
    const { code, stderr } = await execNode(PRINT_ENVIRONMENT, { NODE_EXTRA_CA_CERTS: '/missing.pem' });

    expect(stderr).toContain('error: Cannot read the file that NODE_EXTRA_CA_CERTS names (ENOENT');
    expect(code).toBe(1);
  });

  it('runs nothing when the hub has ended without saying so', async () => {
    await useRecord({ httpsPort: 1 });

    const { code, stdout, stderr } = await execNode(`console.log('ran')`);

    await useRecord({});
    expect(stderr).toBe(
      `error: No hub answers at localhost:1. The hub of ${hub.directory} (process 4711) has ended or is out of reach. Start it with \`twinhub start\`.\n`,
    );
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });
});
