// Goal: a hub that is started on the command line says what to do with it, keeps what it was told, stops cleanly, and says what is in its way.
// Method: hubs in processes of their own on free ports and temporary folders, with every mistake made for real.
import { execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitLine, type CliResult, endOf, runCli, startCli } from '../support/run-cli.ts';
import { TESTS_ON_POSTGRES } from '../support/test-store.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const FREE_PORTS = ['--https-port', '0', '--mqtt-port', '0'];
const READY = /^twinhub ready: HTTPS (\d+), MQTT (\d+), host (\S+), data (.+?)(?:, store postgres:.+)?$/m;

let folder: string;
let dataDir: string;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhub test-'));
  dataDir = join(folder, 'data');
});
afterEach(async () => {
  for (const child of running) await stop(child, 'SIGKILL');
  await rm(folder, { recursive: true });
});

/** @returns the process, and what it wrote up to the line after its welcome. */
async function start(...options: readonly string[]): Promise<{ readonly child: ChildProcess; readonly welcome: string }> {
  const child = startCli(['start', '--data-dir', dataDir, ...FREE_PORTS, ...options]);
  running.add(child);
  return { child, welcome: await awaitLine(child, /^Ctrl\+C stops the hub\.$/m) };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<CliResult> {
  running.delete(child);
  child.kill(signal);
  return endOf(child);
}

/** What stands in the files of the data dir that a hub at rest does not change. */
async function contents(): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(dataDir)).filter((name) => !name.includes('twinhub.db')).toSorted();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(dataDir, name), 'base64')] as const)));
}

/** @returns how a start ends that must fail. */
function failToStart(...options: readonly string[]): Promise<CliResult> {
  return runCli(['start', '--data-dir', dataDir, ...FREE_PORTS, '--log-level', 'silent', ...options]);
}

/** @returns how a start ends where a file of the hub before has been overwritten. */
async function failOnDamaged(name: string): Promise<CliResult> {
  const { child } = await start();
  await stop(child, 'SIGTERM');
  await writeFile(join(dataDir, name), 'damaged '.repeat(2000));
  return failToStart();
}

function cli(...args: readonly string[]): Promise<CliResult> {
  return runCli(['--data-dir', dataDir, ...args]);
}

describe('a hub that starts', () => {
  it('prints one line that scripts wait for, and what to do next', async () => {
    const { welcome } = await start();

    const [, httpsPort, mqttPort, hostName, data] = READY.exec(welcome) ?? [];
    expect(welcome.match(/^twinhub ready/gm)).toHaveLength(1);
    expect([hostName, data]).toEqual(['localhost', dataDir]);
    expect(Number(httpsPort)).toBeGreaterThan(0);
    expect(Number(mqttPort)).toBeGreaterThan(0);
    expect(welcome).toMatch(/^ {2}HostName=localhost;SharedAccessKeyName=service;SharedAccessKey=\S{44}$/m);
    expect(welcome).toMatch(/^ {2}HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey=\S{44}$/m);
    expect(welcome).toContain(`  NODE_EXTRA_CA_CERTS=${dataDir}/ca.pem\n`);
  });

  it('prints commands that work as they stand', async () => {
    const { welcome } = await start();
    const commands = [...welcome.matchAll(/^ {2}(npm run -s twinhub -- .+)$/gm)].map(([, command = '']) => command);
    await writeFile(join(folder, 'app.js'), `console.log('app ran')`);

    const outputs: string[] = [];
    for (const command of commands) {
      const line = command.replace('app.js', `'${join(folder, 'app.js')}'`);
      outputs.push((await promisify(execFile)('sh', ['-c', line], { cwd: CHECKOUT })).stdout);
    }

    expect(outputs).toEqual([
      expect.stringMatching(/^device +myDevice\n/),
      expect.stringMatching(/^HostName=localhost;DeviceId=myDevice;SharedAccessKey=\S{44}\n$/),
      'app ran\n',
    ]);
  });

  it('leaves a record for the commands, for its owner alone, as long as it runs', async () => {
    const { child } = await start();

    const mode = (await stat(join(dataDir, 'hub.json'))).mode & 0o777;
    const record = JSON.parse(await readFile(join(dataDir, 'hub.json'), 'utf8'));
    await stop(child, 'SIGTERM');

    expect(mode).toBe(0o600);
    expect(record).toMatchObject({ pid: child.pid, hostName: 'localhost', caPath: join(dataDir, 'ca.pem') });
    expect(await readdir(dataDir)).not.toContain('hub.json');
  });

  it('prints nothing but that record with --json', async () => {
    const child = startCli(['--json', 'start', '--data-dir', dataDir, ...FREE_PORTS]);
    running.add(child);

    const line = await awaitLine(child, /^\{.*\}$/m);

    expect(JSON.parse(line)).toEqual(JSON.parse(await readFile(join(dataDir, 'hub.json'), 'utf8')));
  });

  it('is known under the names it was given', async () => {
    const { welcome } = await start('--hostname', 'Hub.Example.com', '--hostname', 'hub');

    const record = JSON.parse(await readFile(join(dataDir, 'hub.json'), 'utf8'));
    expect(welcome).toMatch(/^twinhub ready: .* host hub\.example\.com, /m);
    expect(welcome).toContain('  HostName=hub.example.com;SharedAccessKeyName=service;');
    expect(record.hostNames).toEqual(['hub.example.com', 'hub', 'localhost', '127.0.0.1', '::1']);
  });

  it('may show a certificate of its own, which clients trust by --ca', async () => {
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem'];
    const subject = ['-subj', '/CN=own', '-addext', 'subjectAltName=DNS:localhost'];
    await promisify(execFile)('openssl', ['req', '-x509', '-nodes', '-newkey', 'rsa:2048', ...subject, ...files], { cwd: folder });

    const { welcome } = await start('--tls-cert', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem'));
    const trusted = await cli('--ca', join(folder, 'cert.pem'), 'device', 'list');
    const untrusted = await cli('device', 'list');

    expect(welcome).not.toContain('NODE_EXTRA_CA_CERTS');
    expect(await readdir(dataDir)).not.toContain('ca.pem');
    expect(trusted).toMatchObject({ code: 0, stderr: '' });
    expect(untrusted.stderr).toMatch(/^error: The certificate of localhost:\d+ is not trusted\./);
  });
});

describe('a hub that stops', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 after %s', async (signal) => {
    const { child } = await start();

    const { code, stderr } = await stop(child, signal);

    expect(code).toBe(0);
    expect(stderr).not.toMatch(/error/i);
  });

  it('ends at once after a second signal', async () => {
    const { child } = await start();
    child.kill('SIGTERM');

    const { code } = await stop(child, 'SIGINT');

    expect(code).toBe(1);
  });

  it('keeps devices, keys and certificates for its next start', async () => {
    const first = await start();
    await cli('device', 'create', 'kept');
    const before = [await cli('--json', 'device', 'list'), await cli('--json', 'policy', 'list')];
    const ca = await readFile(join(dataDir, 'ca.pem'), 'utf8');
    await stop(first.child, 'SIGTERM');

    await start();

    expect([await cli('--json', 'device', 'list'), await cli('--json', 'policy', 'list')]).toEqual(before);
    expect(before[0]?.stdout).toContain('"kept"');
    expect(await readFile(join(dataDir, 'ca.pem'), 'utf8')).toBe(ca);
  });

  it('forgets its devices when it was told to, and says so', async () => {
    const first = await start('--store', 'ephemeral');
    await cli('device', 'create', 'forgotten');
    await stop(first.child, 'SIGTERM');

    await start('--store', 'ephemeral');

    expect(first.welcome).toMatch(/^twinhub ready: .*, devices and twins are forgotten on stop$/m);
    expect((await cli('--json', 'device', 'list')).stdout).toBe('[]\n');
  });

  it('by being killed leaves a stale record, which commands see through and the next start replaces', async () => {
    const { child } = await start();
    await stop(child, 'SIGKILL');

    const meanwhile = await cli('device', 'list');
    await start();
    const after = await cli('device', 'list');

    expect(meanwhile.stderr).toMatch(
      /^error: No hub answers at localhost:\d+\. The hub of .* \(process \d+\) has ended or is out of reach\./,
    );
    expect(meanwhile.code).toBe(1);
    expect(after.code).toBe(0);
  });
});

describe('a hub that cannot start says in one sentence why:', () => {
  it.each(['--https-port', '--mqtt-port'])('the port of %s is taken', async (flag) => {
    const holder = createServer();
    await once(holder.listen(0), 'listening');
    const { port } = holder.address() as AddressInfo;

    const { code, stdout, stderr } = await failToStart(flag, String(port));

    holder.close();
    expect(stderr).toBe(
      `error: Port ${port} is taken by another program. Stop that one, or choose other ports, such as --https-port 8443 --mqtt-port 18883, and run apps with \`twinhub exec\`.\n`,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(await readdir(dataDir)).not.toContain('hub.json');
  });

  it.each([
    ['as it is', []],
    ['for other names', ['--hostname', 'other.example.com']],
    ['with a store of its own', ['--store', 'ephemeral']],
  ])('another hub runs on the same folder, which is not disturbed by one %s', async (_, options) => {
    await start();
    const before = await contents();

    const { code, stderr } = await failToStart(...options);

    expect(stderr).toBe(`error: Another hub runs from ${dataDir}. Stop that hub, or choose another --data-dir.\n`);
    expect(code).toBe(1);
    expect(await contents()).toEqual(before);
    expect((await cli('device', 'list')).code).toBe(0);
  });

  // Several hubs may have one schema of PostgreSQL.
  it.skipIf(TESTS_ON_POSTGRES)('another hub runs on the same database from another folder', async () => {
    await start();

    const { code, stderr } = await failToStart('--data-dir', join(dataDir, 'other'), '--store', `sqlite:${join(dataDir, 'twinhub.db')}`);

    expect(stderr).toMatch(/^error: Cannot use .*twinhub\.db as store\. Another hub is running on it\. [^\n]+\n$/);
    expect(code).toBe(1);
  });

  it.each([
    ['the address is not its own', ['--bind', '192.0.2.1'], /^error: This machine has no address 192\.0\.2\.1 to listen on\./],
    ['the certificate is missing', ['--tls-cert', '/no.pem', '--tls-key', '/no.pem'], /^error: There is no file \/no\.pem\./],
    ['the store is in no folder', ['--store', 'sqlite:/missing/hub.db'], /^error: Cannot use \/missing\/hub\.db as store\./],
    ['the data dir is a file', ['--data-dir', '/dev/null'], /^error: Cannot use \/dev\/null as data dir \(E.*\)\. Name a folder/],
  ])('%s', async (_, options, message) => {
    const { code, stdout, stderr } = await failToStart(...options);

    expect(stderr).toMatch(message);
    expect(stderr.trim()).not.toContain('\n');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  // That of PostgreSQL is not in the data dir.
  it.skipIf(TESTS_ON_POSTGRES)('twinhub.db is damaged', async () => {
    const { code, stderr } = await failOnDamaged('twinhub.db');

    expect(stderr).toMatch(/^error: Cannot use .*twinhub\.db as store\.[^\n]*\n$/);
    expect(code).toBe(1);
  });

  it.each(['ca.pem', 'server.pem'])('%s is damaged', async (name) => {
    const { code, stdout, stderr } = await failOnDamaged(name);

    expect(stderr).toMatch(new RegExp(`^error: .*${name} holds no PEM certificate\\.[^\\n]*\\n$`));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('a flag is wrong, and that is wrong usage', async () => {
    const { code, stdout, stderr } = await failToStart('--store', 'postgres://host');

    expect(stderr).toBe(
      'error: --store: The URL names no database. Use postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %2F %3F %23 %40 for / ? # @ in a password.\n',
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
