// Goal: a hub that is started on the command line keeps its data on a PostgreSQL server, and neither it nor any other command tells the password.
// Method: hubs in processes of their own on a server of the test's, with a password in the URL that must not turn up in anything they print.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_POSTGRES, sharePostgres } from '../support/postgres.ts';
import { awaitLine, type CliResult, endOf, runCli, startCli } from '../support/run-cli.ts';

const PASSWORD = 'mellon-4711';

describe.skipIf(NO_POSTGRES)('A hub whose data is in PostgreSQL', () => {
  const newPlace = sharePostgres();
  let dataDir = '';
  let store = '';
  const running = new Set<ChildProcess>();

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
    const { url, schema } = newPlace();
    store = `${url.replace('twinhub@', `twinhub:${PASSWORD}@`)}&schema=${schema}`;
  });
  afterEach(async () => {
    for (const child of running) await stop(child);
    await rm(dataDir, { recursive: true });
  });

  /** @returns the process, and what it wrote up to the line after its welcome. */
  async function start(): Promise<{ readonly child: ChildProcess; readonly welcome: string }> {
    const child = startCli(['start', '--data-dir', dataDir, '--https-port', '0', '--mqtt-port', '0', '--bind', '127.0.0.1'], {
      env: { TWINHUB_STORE: store, TWINHUB_LOG_LEVEL: 'debug' },
    });
    running.add(child);
    return { child, welcome: await awaitLine(child, /^Ctrl\+C stops the hub\.$/m) };
  }

  async function stop(child: ChildProcess): Promise<CliResult> {
    running.delete(child);
    child.kill('SIGTERM');
    return endOf(child);
  }

  const cli = (...args: readonly string[]): Promise<CliResult> => runCli(['--data-dir', dataDir, ...args]);

  it('has its devices, its policies and their keys after a restart, and no database in its data dir', async () => {
    const first = await start();
    const created = await cli('device', 'create', 'lamp', '--json');
    const policy = await cli('policy', 'connection-string', 'service');
    const stopped = await stop(first.child);
    const second = await start();

    const found = await cli('device', 'show', 'lamp', '--json');
    const kept = await cli('policy', 'connection-string', 'service');

    expect(first.welcome).toMatch(/^twinhub ready: .*, store postgres:\/\/.*, schema test_[0-9a-f]+$/m);
    expect(stopped.code).toBe(0);
    expect(JSON.parse(found.stdout)).toEqual(JSON.parse(created.stdout));
    expect(kept.stdout).toBe(policy.stdout);
    expect((await readdir(dataDir)).filter((name) => name.includes('.db'))).toEqual([]);
    expect([first.welcome, stopped.stdout, stopped.stderr, second.welcome].join('')).not.toContain(PASSWORD);
  });

  it('does not start without its server, and says what to do', async () => {
    store = `postgres://twinhub:${PASSWORD}@localhost/hub?host=${encodeURIComponent(join(dataDir, 'nothing'))}`;

    const refused = await runCli(['start', '--data-dir', dataDir, '--https-port', '0', '--mqtt-port', '0'], {
      env: { TWINHUB_STORE: store },
    });

    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('No database server answers where --store says. Start it, or correct the folder of its socket.');
    expect(refused.stdout + refused.stderr).not.toContain(PASSWORD);
  });

  it('is looked at by doctor: the schema while it does not run, and while it does the hub alone', async () => {
    const absent = await storeFinding('--store', store);
    const { child } = await start();
    const whileRunning = await storeFinding();
    await stop(child);
    const stopped = await storeFinding('--store', store);
    const unusable = await storeFinding('--store', store.replace('/postgres?', '/nothing?'));

    expect(absent).toMatchObject({ state: 'skipped', seen: expect.stringContaining('There is no database') });
    expect(whileRunning).toMatchObject({ state: 'skipped', seen: expect.stringContaining('no password') });
    expect(stopped).toMatchObject({ state: 'ok', seen: expect.stringMatching(/schema test_[0-9a-f]+, \d+ KiB, schema version \d+\.$/) });
    expect(unusable).toMatchObject({ state: 'failed', advice: expect.stringContaining('does not exist. Create it') });
    expect(JSON.stringify([absent, whileRunning, stopped, unusable])).not.toContain(PASSWORD);
  });

  async function storeFinding(...options: readonly string[]): Promise<unknown> {
    const { stdout } = await cli('doctor', '--json', ...options);
    // The form is that of the reference in docs/operations.md.
    const { checks } = JSON.parse(stdout) as { readonly checks: readonly { readonly check: string }[] };
    return checks.find(({ check }) => check === 'store');
  }
});
