// Goal: `twinhub query --watch` prints what enters, changes in and leaves a result, and goes on when the hub is back after a restart.
// Method: one hub in a folder, started twice by the command line on the same ports, and the command as a process beside it.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOn } from '../support/cli-commands.ts';
import { awaitLine, endOf, startCli } from '../support/run-cli.ts';

const BONN = "SELECT deviceId, tags.floor FROM devices WHERE tags.site = 'Bonn'";

let folder: string;
let hub: ChildProcess;

async function startHub(port: string): Promise<string> {
  hub = startCli(['start', '--data-dir', folder, '--https-port', port, '--mqtt-port', '0']);
  const text = await awaitLine(hub, /^twinhub ready.*\n/m);
  return /HTTPS (\d+)/.exec(text)?.[1] ?? '';
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
});
afterAll(async () => {
  hub.kill('SIGTERM');
  await endOf(hub);
  await rm(folder, { recursive: true });
});

const { cli, outputOf } = commandsOn(() => folder);

describe('query --watch', () => {
  it('prints a line for each event, and goes on after a restart of the hub', async () => {
    const port = await startHub('0');
    await outputOf('device', 'create', 'lamp-1');
    await outputOf('twin', 'patch', 'lamp-1', '{"tags":{"site":"Bonn","floor":1}}');
    const watch = startCli(['--data-dir', folder, 'query', BONN, '--watch']);
    const machine = startCli(['--data-dir', folder, '--json', 'query', BONN, '--watch']);

    const found = await awaitLine(watch, /^1 found/m);
    const changing = awaitLine(watch, /^~ lamp-1/m);
    await outputOf('twin', 'patch', 'lamp-1', '{"tags":{"floor":2}}');
    const changed = await changing;
    const ending = awaitLine(watch, /stopping/);
    hub.kill('SIGTERM');
    await Promise.all([endOf(hub), ending]);
    const connecting = awaitLine(watch, /^Connected again/m);
    await startHub(port);
    await connecting;
    const leaving = awaitLine(watch, /^- lamp-1/m);
    const leavingForMachine = awaitLine(machine, /"left"/);
    await outputOf('twin', 'patch', 'lamp-1', '{"tags":{"site":"Ulm"}}');

    expect(found).toContain('+ lamp-1  {"floor":1}\n');
    expect(changed).toContain('~ lamp-1  {"floor":2}\n');
    expect(await leaving).toContain('- lamp-1\n');
    expect(await leavingForMachine).toContain('{"event":"left","deviceId":"lamp-1"}\n');
    for (const child of [watch, machine]) {
      child.kill('SIGINT');
      await endOf(child);
    }
  });

  it('says why a query cannot be followed', async () => {
    const { code, stderr } = await cli('query', 'SELECT COUNT() FROM devices', '--watch');

    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: This query cannot be live: .*aggregate/);
  });

  it('takes no limit', async () => {
    expect(await cli('query', 'SELECT * FROM devices', '--watch', '--limit', '2')).toMatchObject({ code: 2 });
  });
});
