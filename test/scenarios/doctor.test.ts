// Goal: `twinhub doctor` names what really keeps an app from its hub, tells no secret, sends none to a stranger, and changes nothing.
// Method: hubs and stand-ins on free ports, each put into the state in question; the checks run in this process, some as a user runs them.
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { examine } from '../../src/cli/doctor/examine.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { findSubject, type SubjectOptions } from '../../src/cli/doctor/subject.ts';
import { ensureCertificates } from '../../src/certificates/server-certificate.ts';
import { inspectStore, isDataDirInUse } from '../../src/compose.ts';
import { writeHubRecord } from '../../src/config/hub-record.ts';
import { packageVersion } from '../../src/system/package-version.ts';
import { systemClock } from '../../src/system/system-clock.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { awaitLine, endOf, runCli, startCli } from '../support/run-cli.ts';
import { startStandInHub, type StandInHub } from '../support/stand-in-hub.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TESTS_ON_POSTGRES } from '../support/test-store.ts';
import { openTestHub, type TestHub, type TestHubOptions } from '../support/test-hub.ts';

const KEY = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ=';
const DAY_MS = 24 * 3600_000;

type Diagnosis = Readonly<Record<string, Finding>>;

/** @returns the findings by the names of their checks. */
async function diagnose(options: SubjectOptions, env: NodeJS.ProcessEnv = {}): Promise<Diagnosis> {
  const subject = await findSubject(options, env, isDataDirInUse);
  const findings = await examine(subject, {
    clock: systemClock,
    env,
    folder: temporaryFolder(),
    nodeVersion: '24.0.0',
    inspectStore: (store) => inspectStore(store, Number.MAX_SAFE_INTEGER),
  });
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

function statesOf(diagnosis: Diagnosis): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(diagnosis).map(([check, { state }]) => [check, state]));
}

function failuresOf(diagnosis: Diagnosis): readonly string[] {
  return Object.values(diagnosis).flatMap(({ check, state }) => (state === 'failed' ? [check] : []));
}

/** A hub in this process that leaves the same record as one on the command line. */
async function openRecordedHub(
  options: TestHubOptions & { readonly version?: string } = {},
): Promise<TestHub & { readonly dataDir: string }> {
  const dataDir = options.dataDir ?? temporaryFolder();
  const storePath = join(dataDir, 'twinhub.db');
  const hub = await openTestHub({ ...options, dataDir, store: `sqlite:${storePath}` });
  onTestFinished(() => hub.close());
  await writeHubRecord(dataDir, {
    version: options.version ?? packageVersion,
    pid: process.pid,
    hostName: 'localhost',
    hostNames: ['localhost', '127.0.0.1', '::1'],
    bindAddress: '127.0.0.1',
    httpsPort: hub.httpsPort,
    mqttPort: hub.mqttPort,
    caPath: join(dataDir, 'ca.pem'),
    storePath,
    storeName: undefined,
    connectionString: hub.serviceConnectionString(),
  });
  return { ...hub, dataDir };
}

type ObservedStandIn = { readonly hub: StandInHub; readonly tokens: readonly string[] };

/** Says that it is ready, as a hub does, and keeps every token that it is sent. */
async function openStandIn(options: Parameters<typeof startStandInHub>[1] = {}): Promise<ObservedStandIn> {
  const tokens: string[] = [];
  const answer: RequestListener = (request, response) => {
    if (request.headers.authorization !== undefined) tokens.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'ready', version: '9.9.9' }));
  };
  const hub = await startStandInHub(answer, options);
  onTestFinished(() => hub[Symbol.asyncDispose]());
  return { hub, tokens };
}

function connectTo(port: number): string {
  return `HostName=localhost:${port};SharedAccessKeyName=service;SharedAccessKey=${KEY}`;
}

async function listenWith(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

// Here and below doctor reads the files of SQLite; what it says of PostgreSQL is in postgres.test.ts.
describe.skipIf(TESTS_ON_POSTGRES)('a hub that runs from the data dir', () => {
  it('passes every check, and its files and devices stay as they were', async () => {
    const opened = await openRecordedHub();
    const { hub, dataDir } = opened;
    await opened.createDevice('d1');
    const before = [await hub.devices.list(10), await readdir(dataDir)];

    const { sdks, 'disk space': _machine, ...others } = await diagnose({ dataDir });

    expect(sdks?.state).toBe('skipped');
    expect(Object.values(others).filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(Object.keys(others)).toHaveLength(22);
    expect([await hub.devices.list(10), await readdir(dataDir)]).toEqual(before);
  });

  it.each([
    ['two hours ahead', 2 * 3600_000, 'failed'],
    ['ten minutes behind', -600_000, 'warning'],
  ])('with a clock %s is found out, and still lets doctor sign in', async (_, differenceMs, state) => {
    const { dataDir } = await openRecordedHub({ clock: new FakeClock(systemClock.nowMs() + differenceMs) });

    const diagnosis = await diagnose({ dataDir });

    expect(statesOf(diagnosis)).toMatchObject({ clock: state, 'sign-in': 'ok', ready: 'ok' });
  });

  it('of another version is named', async () => {
    const { dataDir } = await openRecordedHub({ version: '0.0.1' });

    const { versions } = await diagnose({ dataDir });

    expect(versions).toMatchObject({ state: 'warning', seen: `The hub is twinhub 0.0.1, this command line ${packageVersion}.` });
  });

  it('whose ca.pem was replaced while it ran is told to start again', async () => {
    const { dataDir } = await openRecordedHub();
    const { hub: other } = await openStandIn();
    await writeFile(join(dataDir, 'ca.pem'), await readFile(other.caPath));

    const diagnosis = await diagnose({ dataDir });

    expect(failuresOf(diagnosis)).toEqual(['certificate chain']);
  });

  it.runIf(process.platform !== 'win32')('whose key others may read is warned', async () => {
    const { dataDir } = await openRecordedHub();
    await chmod(join(dataDir, 'ca-key.pem'), 0o640);

    expect((await diagnose({ dataDir }))['data dir']).toMatchObject({ state: 'warning', seen: expect.stringContaining('ca-key.pem') });
  });

  it('is not disturbed by a sign-in of the device whose connection string is given', async () => {
    const hub = await openRecordedHub();
    const { httpsPort, mqttPort, dataDir } = hub;
    const connect = hub.deviceConnectionString(await hub.createDevice('d1')).replace('localhost', `localhost:${httpsPort}`);

    const diagnosis = await diagnose({ connect, mqttPort: String(mqttPort), ca: join(dataDir, 'ca.pem') });

    expect(failuresOf(diagnosis)).toEqual([]);
    expect(statesOf(diagnosis)).toMatchObject({ mqtt: 'ok', 'certificate chain': 'ok', 'sign-in': 'skipped', 'data dir': 'skipped' });
  });

  it('refuses a wrong key, which is not repeated', async () => {
    const { httpsPort, mqttPort, dataDir } = await openRecordedHub();

    const diagnosis = await diagnose({ connect: connectTo(httpsPort), mqttPort: String(mqttPort), ca: join(dataDir, 'ca.pem') });

    expect(failuresOf(diagnosis)).toEqual(['sign-in']);
    expect(JSON.stringify(diagnosis)).not.toContain(KEY);
  });
});

describe('a server that is not the right one', () => {
  it.each<readonly [string, () => Promise<ObservedStandIn>, readonly string[]]>([
    [
      'whose certificate has expired',
      () => openStandIn({ clock: new FakeClock(systemClock.nowMs() - 500 * DAY_MS) }),
      ['certificate dates'],
    ],
    [
      'whose certificate is of the future',
      () => openStandIn({ clock: new FakeClock(systemClock.nowMs() + DAY_MS) }),
      ['ca', 'certificate dates'],
    ],
    ['whose certificate is for another name', () => openStandIn({ hostNames: ['hub.example.com'] }), ['certificate names']],
  ])('%s gets no token', async (_, open, failures) => {
    const { hub, tokens } = await open();

    const diagnosis = await diagnose({ connect: connectTo(hub.port), ca: hub.caPath });

    expect(failuresOf(diagnosis).filter((check) => !check.startsWith('mqtt'))).toEqual(failures);
    expect(statesOf(diagnosis)['sign-in']).toBe('skipped');
    expect(tokens).toEqual([]);
  });

  it('which is of another CA gets no token', async () => {
    const { hub, tokens } = await openStandIn();
    const { hub: other } = await openStandIn();

    const diagnosis = await diagnose({ connect: connectTo(hub.port), ca: other.caPath });

    expect(statesOf(diagnosis)).toMatchObject({ 'certificate chain': 'failed', 'sign-in': 'skipped' });
    expect(tokens).toEqual([]);
  });

  it('but has the right certificate gets one token, and its version counts', async () => {
    const { hub, tokens } = await openStandIn();

    const diagnosis = await diagnose({ connect: connectTo(hub.port), ca: hub.caPath });

    expect(diagnosis['versions']?.seen).toContain('The hub is twinhub 9.9.9');
    expect(tokens).toHaveLength(1);
  });

  it('speaks no TLS', async () => {
    const port = await listenWith(createPlainServer((_request, response) => response.end('hello')));

    const diagnosis = await diagnose({ connect: connectTo(port), mqttPort: String(port) });

    expect(failuresOf(diagnosis)).toEqual(['tls', 'mqtt']);
    expect([diagnosis['tls'], diagnosis['mqtt']].map((finding) => finding?.seen)).toEqual(
      Array(2).fill(expect.stringContaining('does not speak TLS')),
    );
  });

  it('speaks HTTPS where MQTT should be', async () => {
    const { hub } = await openStandIn();

    const diagnosis = await diagnose({ connect: connectTo(hub.port), mqttPort: String(hub.port), ca: hub.caPath });

    expect(diagnosis['mqtt']?.seen).toContain('but not MQTT');
  });

  it('is not there', async () => {
    const server = createServer();
    const port = await listenWith(server);
    server.close();
    await once(server, 'close');

    const diagnosis = await diagnose({ connect: connectTo(port), mqttPort: String(port) });

    expect(failuresOf(diagnosis)).toEqual(['https port', 'mqtt port']);
    expect(diagnosis['clock']).toMatchObject({ state: 'skipped', advice: "Mend 'https port' first." });
  });

  it('has a name that nobody knows', async () => {
    const connect = `HostName=hub.invalid;SharedAccessKeyName=service;SharedAccessKey=${KEY}`;

    const diagnosis = await diagnose({ connect });

    expect(failuresOf(diagnosis)).toEqual(['host name']);
    expect(diagnosis['host name']?.seen).toContain('hub.invalid');
  });
});

describe.skipIf(TESTS_ON_POSTGRES)('a hub that does not run', () => {
  it('is told which of its ports another program has', async () => {
    const port = await listenWith(createServer());

    const diagnosis = await diagnose({ dataDir: temporaryFolder(), bind: '127.0.0.1', httpsPort: String(port), mqttPort: '0' });

    expect(failuresOf(diagnosis)).toEqual(['hub', 'https port']);
    expect(diagnosis['https port']?.seen).toBe(`Port ${port} is taken by another program.`);
  });

  it.each([
    ['twinhub.db', 'store', 'no SQLite database'],
    ['ca.pem', 'ca', 'no certificate that can be read'],
    ['hub.json', 'hub', 'Cannot read'],
  ])('is told when %s is damaged', async (name, check, words) => {
    const dataDir = temporaryFolder();
    await writeFile(join(dataDir, name), 'damaged '.repeat(2000));

    const diagnosis = await diagnose({ dataDir, httpsPort: '0', mqttPort: '0' });

    expect(new Set(failuresOf(diagnosis))).toEqual(new Set(['hub', check]));
    expect(JSON.stringify(diagnosis[check])).toContain(words);
  });

  it.each([
    [
      'that is for another name',
      (folder: string) => ensureCertificates({ directory: folder, hostNames: ['hub.example.com'], clock: systemClock }),
      /not for localhost/,
    ],
    ['that is not there', () => Promise.resolve(), /server\.pem holds no certificate .*ENOENT/],
  ])('is told about a certificate of its own %s', async (_, make, seen) => {
    const folder = temporaryFolder();
    await make(folder);
    const tls = { tlsCert: join(folder, 'server.pem'), tlsKey: join(folder, 'server-key.pem') };

    const diagnosis = await diagnose({ dataDir: temporaryFolder(), httpsPort: '0', mqttPort: '0', ...tls });

    expect(failuresOf(diagnosis)).toEqual(['hub', 'certificate names']);
    expect(diagnosis['certificate names']?.seen).toMatch(seen);
  });

  it('may be one whose record a kill has left behind', async () => {
    const hub = await openRecordedHub();
    await hub.close();

    const diagnosis = await diagnose({ dataDir: hub.dataDir, httpsPort: '0', mqttPort: '0' });

    expect(failuresOf(diagnosis)).toEqual(['hub']);
    expect(diagnosis['hub']?.seen).toContain(`(process ${process.pid}) has ended`);
    expect(diagnosis['store']?.seen).toMatch(/intact\.$/);
  });
});

describe('the command', () => {
  it('says without a hub how to get one, and makes nothing', async () => {
    const cwd = temporaryFolder();

    const { code, stdout, stderr } = await runCli(['doctor', '--https-port', '0', '--mqtt-port', '0'], { cwd });

    expect(stdout).toMatch(/^failed +hub +No hub runs from .*\.twinhub\.\n +-> Start one with `twinhub start`/m);
    expect(stdout).toMatch(/Begin with 'hub'\.\n$/);
    expect({ code, stderr, made: await readdir(cwd) }).toEqual({ code: 1, stderr: '', made: [] });
  });

  it('sees whether apps of its shell trust the hub, and never shows a key', async () => {
    const cwd = temporaryFolder();
    const hub = startCli(['start', '--https-port', '0', '--mqtt-port', '0', '--bind', '127.0.0.1'], { cwd });
    await awaitLine(hub, /^twinhub ready/m);
    const { hub: other } = await openStandIn();
    const own = join(cwd, '.twinhub', 'ca.pem');
    const { connectionString }: { connectionString: string } = JSON.parse(await readFile(join(cwd, '.twinhub', 'hub.json'), 'utf8'));
    const doctor = (extra: string): ReturnType<typeof runCli> => runCli(['--json', 'doctor'], { cwd, env: { NODE_EXTRA_CA_CERTS: extra } });

    const [right, unset, wrong] = await Promise.all([own, '', other.caPath].map(doctor));
    hub.kill('SIGTERM');
    await endOf(hub);

    const trust = [right, unset, wrong].map((result) => {
      const { checks }: { checks: readonly Finding[] } = JSON.parse(result?.stdout ?? '');
      return checks.find(({ check }) => check === 'app trust')?.state;
    });
    expect(trust).toEqual(['ok', 'warning', 'failed']);
    expect([right, unset, wrong].map((result) => result?.code)).toEqual([0, 0, 1]);
    const [, key = ''] = /SharedAccessKey=(.*)$/.exec(connectionString) ?? [];
    expect(key).toHaveLength(44);
    expect(`${right?.stdout}${unset?.stdout}${wrong?.stdout}`).not.toContain(key);
  });
});
