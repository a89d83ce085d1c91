// Goal: `twinhub query` shows what a query finds, as text and as JSON, and says what it leaves out.
// Method: one hub on free ports, started by the command line, with a few devices; one process a command.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOn } from '../support/cli-commands.ts';
import { awaitLine, endOf, startCli } from '../support/run-cli.ts';

let folder: string;
let hub: ChildProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
  hub = startCli(['start', '--data-dir', folder, '--https-port', '0', '--mqtt-port', '0']);
  await awaitLine(hub, /^twinhub ready/m);
  for (const floor of ['1', '2', '3']) {
    await outputOf('device', 'create', `lamp-${floor}`);
    await outputOf('twin', 'patch', `lamp-${floor}`, `{"tags":{"place":{"floor":${floor}}}}`);
  }
});
afterAll(async () => {
  hub.kill('SIGTERM');
  await endOf(hub);
  await rm(folder, { recursive: true });
});

const { cli, outputOf, jsonOf } = commandsOn(() => folder);

describe('query', () => {
  it('prints a column for each property, or the items as the API has them', async () => {
    const text = 'SELECT deviceId, tags.place.floor, tags.place FROM devices WHERE tags.place.floor >= 2';

    expect(await outputOf('query', text)).toBe('deviceId  floor  place\nlamp-2    2      {"floor":2}\nlamp-3    3      {"floor":3}\n');
    expect(await jsonOf('query', text)).toEqual([
      { deviceId: 'lamp-2', floor: 2, place: { floor: 2 } },
      { deviceId: 'lamp-3', floor: 3, place: { floor: 3 } },
    ]);
  });

  it('prints the devices of whole twins', async () => {
    const text = "SELECT * FROM devices WHERE deviceId = 'lamp-1'";

    expect(await outputOf('query', text)).toBe(
      'deviceId  status   connectionState  tags\nlamp-1    enabled  Disconnected     {"place":{"floor":1}}\n',
    );
    expect(await jsonOf('query', text)).toMatchObject([{ deviceId: 'lamp-1', properties: { desired: { $version: 1 } } }]);
  });

  it('prints rows of groups, aggregates in their columns', async () => {
    const text = 'SELECT tags.place.floor > 0 AS x FROM devices';
    const groups = 'SELECT status, COUNT() AS lamps, AVG(tags.place.floor) AS floor FROM devices GROUP BY status';

    expect((await cli('query', text)).code).toBe(1);
    expect(await outputOf('query', groups)).toBe('status   lamps  floor\nenabled  3      2\n');
    expect(await jsonOf('query', groups)).toEqual([{ status: 'enabled', lamps: 3, floor: 2 }]);
  });

  it('explains how a query is run, as text and as the API says it', async () => {
    const text = 'SELECT deviceId FROM devices WHERE tags.place.floor = 2 ORDER BY deviceId';

    const lines = (await outputOf('query', text, '--explain')).split('\n');

    expect(lines.slice(0, 4)).toEqual([
      'Plan           scan of devices, then sort',
      'Index used     none',
      'Rows scanned   3',
      'Rows returned  1',
    ]);
    expect(lines[4]).toMatch(/^Time {11}\d+\.\d ms$/);
    expect(lines[6]).toMatch(/^Plan of (SQLite|PostgreSQL):$/);
    expect(await jsonOf('query', 'SELECT COUNT() AS n FROM devices', '--explain')).toMatchObject({
      from: 'devices',
      plan: [{ step: 'scan' }, { step: 'group' }],
      indexes: [],
      rowsScanned: 3,
      rowsReturned: 1,
      milliseconds: expect.any(Number),
      database: { plan: expect.any(Array) },
    });
  });

  it('explains the page that --limit asks for, and nothing while it watches', async () => {
    expect(await jsonOf('query', 'SELECT * FROM devices', '--explain', '--limit', '2')).toMatchObject({ rowsReturned: 2 });
    expect((await cli('query', 'SELECT * FROM devices', '--explain', '--watch')).code).toBe(2);
    expect((await cli('query', 'SELECT', '--explain')).stderr).toContain('The query is not valid');
  });

  it('keeps the order of a query through its pages, and TOP', async () => {
    const text = 'SELECT TOP 2 deviceId FROM devices ORDER BY tags.place.floor DESC';

    expect(await cli('query', text)).toEqual({ code: 0, stdout: 'deviceId\nlamp-3\nlamp-2\n', stderr: '' });
  });

  it('stops at the limit and says that there is more', async () => {
    const { code, stdout, stderr } = await cli('query', 'SELECT deviceId FROM devices WHERE IS_DEFINED(tags.place)', '--limit', '2');

    expect({ code, stdout }).toEqual({ code: 0, stdout: 'deviceId\nlamp-1\nlamp-2\n' });
    expect(stderr).toBe('There are more than these 2 results. Ask for more with --limit.\n');
  });

  it('says when there is nothing to show', async () => {
    expect(await outputOf('query', 'SELECT * FROM devices WHERE false')).toBe('Nothing was found.\n');
    expect(await outputOf('query', "SELECT tags.gone FROM devices WHERE deviceId = 'lamp-1'")).toBe(
      '1 results were found, and none has these properties.\n',
    );
  });

  it('says where a query is not valid', async () => {
    const { code, stderr } = await cli('query', 'SELECT * FROM devices WHERE');

    expect(stderr).toMatch(
      /^error: The query is not valid at line 1:28: expected .+\(ArgumentInvalid, tracking id [0-9a-f]{32}\)\nSELECT \* FROM devices WHERE\n {27}\^\n$/,
    );
    expect(code).toBe(1);
  });

  it.each(['0', '-1', 'all'])('takes no limit of %s', async (limit) => {
    expect(await cli('query', 'SELECT * FROM devices', '--limit', limit)).toMatchObject({ code: 2 });
  });
});
