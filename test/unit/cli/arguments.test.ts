// What the command line says about itself, and about arguments it cannot use. No hub runs here.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
});
afterAll(async () => {
  await rm(cwd, { recursive: true });
});

describe('help', () => {
  it.each(['', 'start', 'device', 'device create', 'device update', 'policy', 'twin patch', 'method invoke', 'exec'])(
    'of %j is as agreed',
    async (command) => {
      const { code, stdout, stderr } = await runCli([...command.split(' ').filter(Boolean), '--help'], { cwd });

      expect(stdout).toMatchSnapshot();
      expect(stderr).toBe('');
      expect(code).toBe(0);
    },
  );

  it.each(['', 'device', 'policy', 'twin', 'method'])('goes to standard error when %j lacks a command', async (command) => {
    const { code, stdout, stderr } = await runCli(command.split(' ').filter(Boolean), { cwd });

    expect(stderr).toContain('Usage: twinhub');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('tells the version', async () => {
    const { code, stdout } = await runCli(['--version'], { cwd });

    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(code).toBe(0);
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
    ['device update d1', 'error: Nothing to change. Give --status, --status-reason, or --primary-key and --secondary-key.'],
    ['twin patch d1 {', "error: '{' is no JSON. Give JSON in quotes, @FILE, or - for standard input."],
    ['twin patch d1 @missing.json', 'error: Cannot read missing.json (ENOENT'],
    ['twin patch d1 -', 'error: What - stands for is no JSON. Give JSON in quotes, @FILE, or - for standard input.'],
    ['method invoke d1 reboot --payload {', "error: '{' is no JSON. Give JSON in quotes, @FILE, or - for standard input."],
    ['method invoke d1 reboot --response-timeout soon', "error: option '--response-timeout <seconds>' argument 'soon' is invalid."],
    ['method invoke d1 reboot --connect-timeout -1', "error: option '--connect-timeout <seconds>' argument '-1' is invalid."],
    ['exec', "error: missing required argument 'command'"],
    ['exec node --version --nope', "error: unknown option '--nope'"],
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
    ['device list --data-dir', "error: option '--data-dir <DIR>' argument missing"],
  ])('of `twinhub %s` is one clear sentence', async (line, message) => {
    const { code, stdout, stderr } = await runCli(line.split(' '), { cwd });

    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe('');
    expect(code).toBe(2);
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
    'twin show d1',
    'twin patch d1 {}',
    'method invoke d1 reboot',
    'exec -- node --version',
  ])('`twinhub %s` says how to get one', async (line) => {
    const { code, stdout, stderr } = await runCli(['--data-dir', 'none', ...line.split(' ')], { cwd });

    expect(stderr).toBe(
      `error: No hub runs from ${cwd}/none. Start one with \`twinhub start\`, name its folder with --data-dir, or name a hub with --connect.\n`,
    );
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });
});
