// What the command line says about itself, and about arguments it cannot use. No hub runs here.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../../src/cli/command-line.ts';

const NO_FOLDER = join(tmpdir(), 'twinhub-test-without-a-hub');

let stdout: string;
let stderr: string;

beforeEach(() => {
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
  vi.spyOn(console, 'error').mockImplementation((text) => void (stderr += `${text}\n`));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** @returns the exit code. */
async function run(line: string): Promise<unknown> {
  await runCommandLine(line.split(' ').filter(Boolean));
  const { exitCode } = process;
  process.exitCode = undefined;
  return exitCode;
}

describe('help', () => {
  it.each([
    '',
    'start',
    'device',
    'device create',
    'device update',
    'module',
    'module create',
    'twin show',
    'policy',
    'policy create',
    'policy rotate',
    'policy token',
    'ca',
    'ca create',
    'ca verify',
    'device cert',
    'twin patch',
    'method invoke',
    'job',
    'job create',
    'query',
    'audit list',
    'exec',
    'doctor',
    'simulate',
  ])('of %j is as agreed', async (command) => {
    const code = await run(`${command} --help`);

    expect(stdout).toMatchSnapshot();
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it.each(['', 'device', 'policy', 'ca', 'twin', 'method', 'job', 'audit'])(
    'goes to standard error when %j lacks a command',
    async (command) => {
      const code = await run(command);

      expect(stderr).toContain('Usage: twinhub');
      expect(stdout).toBe('');
      expect(code).toBe(2);
    },
  );

  it('tells the version', async () => {
    const code = await run('--version');

    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(code).toBe(0);
  });
});

describe('a token of a policy', () => {
  it.each(['hub/metrics', '/hub/', '/', '/hub?x', '/hub#x'])('is not made for the path %s', async (path) => {
    const code = await run(`policy token p --path ${path} --data-dir ${NO_FOLDER}`);

    expect(stderr).toContain('It is no path. Give one such as /hub/metrics, without a slash at its end.');
    expect(code).toBe(2);
  });

  it.each(['0', '3651', '1.5', 'long'])('is not good for %s days', async (days) => {
    const code = await run(`policy token p --days ${days} --data-dir ${NO_FOLDER}`);

    expect(stderr).toContain('It is no whole number from 1 to 3650.');
    expect(code).toBe(2);
  });
});

describe('a simulation', () => {
  it.each<readonly [string, string]>([
    ['simulate --devices 0', "error: option '--devices <N>' argument '0' is invalid. It is no whole number from 1 to 100000."],
    ['simulate --devices 100001', "error: option '--devices <N>' argument '100001' is invalid. It is no whole number from 1 to 100000."],
    ['simulate --rate fast', "error: option '--rate <R>' argument 'fast' is invalid. It is no number from 0 to 999999."],
    ['simulate --connect-rate 0', "error: option '--connect-rate <R>' argument '0' is invalid. It must be above 0."],
    [
      'simulate --behaviour answer --behaviour drop:10',
      "error: The behaviour 'drop:10' is not valid. Give a share, such as drop:10% or drop:0.1.",
    ],
  ])('%s is refused', async (line, message) => {
    const code = await run(`${line} --data-dir ${NO_FOLDER}`);

    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe('wrong usage', () => {
  it.each<readonly [string, string]>([
    ['devcie list', "error: unknown command 'devcie'\n(Did you mean device?)"],
    ['device crate d1', "error: unknown command 'crate'\n(Did you mean create?)"],
    ['device create', "error: missing required argument 'id'"],
    ['device create d1 d2', "error: too many arguments for 'create'. Expected 1 argument but got 2: d1, d2."],
    ['device create d1 --colour red', "error: unknown option '--colour'"],
    ['device create d1 --status on', "error: option '--status <status>' argument 'on' is invalid. Allowed choices are enabled, disabled."],
    ['device create d1 --status enabled --disabled', "error: option '--disabled' cannot be used with option '--status <status>'"],
    ['device update d1', 'error: Nothing to change. Give --status, --status-reason, or a way to sign in; see --help.'],
    ['policy create p', "error: required option '--permission <name...>' not specified"],
    [
      'policy create p --permission Everything',
      "error: option '--permission <name...>' argument 'Everything' is invalid. Allowed choices are RegistryRead, RegistryWrite, ServiceConnect, DeviceConnect.",
    ],
    ['policy rotate p', "error: required option '--key <which>' not specified"],
    [
      'policy rotate p --key all',
      "error: option '--key <which>' argument 'all' is invalid. Allowed choices are primary, secondary, both, swap.",
    ],
    ['twin patch d1 {', "error: '{' is no JSON. Give JSON in quotes, @FILE, or - for standard input."],
    ['twin patch d1 @missing.json', 'error: Cannot read missing.json (ENOENT'],
    ['method invoke d1 reboot --payload {', "error: '{' is no JSON. Give JSON in quotes, @FILE, or - for standard input."],
    ['method invoke d1 reboot --response-timeout soon', "error: option '--response-timeout <seconds>' argument 'soon' is invalid."],
    ['method invoke d1 reboot --connect-timeout -1', "error: option '--connect-timeout <seconds>' argument '-1' is invalid."],
    ['job create j1 --method m', "error: required option '--where <condition>' not specified"],
    ['job create j1 --where *', 'error: The job has nothing to do. Give --method, or --desired and --tags.'],
    ['job create j1 --where * --method m --desired {}', "error: option '--method <name>' cannot be used with option '--desired <json>'"],
    ['job create j1 --where * --tags {} --payload 1', 'error: --payload and --response-timeout belong to a method.'],
    ['job create j1 --where * --method m --payload {', "error: '{' is no JSON."],
    ['job create j1 --where * --tags {} --window long', "error: option '--window <seconds>' argument 'long' is invalid."],
    [
      'job list --status canceled',
      "error: option '--status <status>' argument 'canceled' is invalid. Allowed choices are queued, scheduled,",
    ],
    ['exec', "error: missing required argument 'command'"],
    ['exec node --nope', "error: unknown option '--nope'\n(put -- before the command of the app: twinhub exec -- node app.js --verbose)"],
    ['exec --mqtt-port 65536 -- node', "error: option '--mqtt-port <PORT>' argument '65536' is invalid. '65536' is no port."],
    ['exec --mqtt-port 0 -- node', "error: option '--mqtt-port <PORT>' argument '0' is invalid. '0' is no port."],
    ['start --https-port 65536', "error: --https-port: '65536' is no port. Give a number from 1 to 65535, or 0 for any free port."],
    ['start --policy owner=a2V5', "error: --policy: There is no policy 'owner'."],
    ['start --tls-cert cert.pem', 'error: A certificate and its key belong together.'],
    ['start now', "error: too many arguments for 'start'."],
    ['device list --connect nonsense', 'error: --connect: A connection string consists of NAME=VALUE parts separated by semicolons.'],
    [
      'device list --connect HostName=localhost;DeviceId=d1;SharedAccessKey=a2V5',
      'error: --connect: It needs the connection string of a policy:',
    ],
    [
      'device list --connect HostName=localhost;SharedAccessKeyName=service',
      'error: --connect: It needs the connection string of a policy:',
    ],
    ['doctor --mqtt-port 65536', "error: --mqtt-port: '65536' is no port."],
    ['doctor --connect nonsense', 'error: --connect: A connection string consists of NAME=VALUE parts separated by semicolons.'],
    ['doctor --connect HostName=localhost --mqtt-port nine', "error: --mqtt-port: 'nine' is no port."],
    ['doctor now', "error: too many arguments for 'doctor'."],
    ['device list --data-dir', "error: option '--data-dir <DIR>' argument missing"],
  ])('of `twinhub %s` is one clear sentence', async (line, message) => {
    const code = await run(line);

    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('wrong usage of certificates', () => {
  it.each<readonly [string, string]>([
    ['device create d1 --auth ca --thumbprint 00', 'error: Thumbprints are no part of --auth ca. Leave them out.'],
    ['device update d1 --auth self-signed --primary-key a2V5', 'error: Keys are no part of --auth self-signed. Leave them out.'],
    ['device create d1 --auth x509', "error: option '--auth <way>' argument 'x509' is invalid. Allowed choices are keys, self-signed, ca."],
    ['device cert d1', 'error: Who signs it? Give --issuer NAME or --self-signed.'],
    ['device cert d1 --issuer ca --self-signed', "error: option '--issuer <name>' cannot be used with option '--self-signed'"],
    [
      'device cert d1 --self-signed --days 0',
      "error: option '--days <count>' argument '0' is invalid. It is no whole number of days from 1 to 99999.",
    ],
    [`device cert ${'d'.repeat(65)} --self-signed`, 'error: The id stands in the common name, which has 1 to 64 characters.'],
    ['ca create own --verified', 'error: --verified needs --cert FILE; the hub is shown the key of a CA that is made here.'],
    ['ca create own --cert ca.pem --dir certs', "error: option '--dir <FOLDER>' cannot be used with option '--cert <FILE>'"],
  ])('by `twinhub %s` is one clear sentence', async (line, message) => {
    const code = await run(line);

    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('an empty id', () => {
  it.each([
    ['device', 'show'],
    ['device', 'delete'],
    ['policy', 'show'],
    ['ca', 'show'],
    ['twin', 'show'],
  ])('of `twinhub %s %s` is refused, since its path would be that of the list', async (...words) => {
    const connect = 'HostName=localhost:1;SharedAccessKeyName=service;SharedAccessKey=a2V5';

    await runCommandLine(['--connect', connect, ...words, '']);

    expect(stderr).toBe('error: The id or name is empty. Give one, in quotes where it holds spaces or signs.\n');
    expect(process.exitCode).toBe(2);
    process.exitCode = undefined;
  });
});

describe('without a hub', () => {
  it.each([
    'device create d1',
    'device show d1',
    'device list',
    'device update d1 --status disabled',
    'device delete d1',
    'device connection-string d1',
    'policy list',
    'policy show service',
    'policy connection-string service',
    'ca list',
    'ca create own',
    'twin show d1',
    'twin patch d1 {}',
    'method invoke d1 reboot',
    'job create j1 --where * --method m',
    'job show j1',
    'job show j1 --watch',
    'job list',
    'job cancel j1',
    'exec -- node --version',
  ])('`twinhub %s` says how to get one', async (line) => {
    const code = await run(`--data-dir ${NO_FOLDER} ${line}`);

    expect(stderr).toBe(
      `error: No hub runs from ${NO_FOLDER}. Start one with \`twinhub start\`, name its folder with --data-dir, or name a hub with --connect.\n`,
    );
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });
});
