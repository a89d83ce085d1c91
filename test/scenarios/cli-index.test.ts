// Goal: an operator makes an index on the command line, sees what it costs, and drops it; a hub that is killed meanwhile goes on with it.
// Method: hubs in processes of their own on either store, one process a command.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOn } from '../support/cli-commands.ts';
import { NO_POSTGRES, sharePostgres } from '../support/postgres.ts';
import { awaitLine, endOf, startCli } from '../support/run-cli.ts';

describe('On SQLite', () => {
  describeCommands(() => []);
});

describe.skipIf(NO_POSTGRES)('On PostgreSQL', () => {
  const newPlace = sharePostgres();
  let store: string | undefined;
  describeCommands(() => {
    const { url, schema } = newPlace();
    store ??= `${url}${url.includes('?') ? '&' : '?'}schema=${schema}`;
    return ['--store', store];
  });
});

/** @param options of a start; the same data each time. */
function describeCommands(options: () => readonly string[]): void {
  let folder = '';
  let hub: ChildProcess;

  const start = async (): Promise<void> => {
    hub = startCli(['start', '--data-dir', folder, '--https-port', '0', '--mqtt-port', '0', ...options()]);
    await awaitLine(hub, /^twinhub ready/m);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
    await start();
    for (const site of ['Bonn', 'Rome']) {
      await outputOf('device', 'create', `lamp-${site}`);
      await outputOf('twin', 'patch', `lamp-${site}`, `{"tags":{"site":"${site}"}}`);
    }
  });
  afterAll(async () => {
    hub.kill('SIGTERM');
    await endOf(hub);
    await rm(folder, { recursive: true });
  });

  const { cli, outputOf, jsonOf } = commandsOn(() => folder);

  it('create waits until the index is built, and says what it costs', async () => {
    const { code, stdout } = await cli('index', 'create', 'tags.site');

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^path +tags\.site\nof +devices\nstate +ready\nentries +2\nsize +\d+ KiB\nwrite +[\d.]+ µs\nmade by +person\ncreated +\S+Z\n$/,
    );
  });

  it('list has every index, and says what to do where there is none', async () => {
    await cli('index', 'create', 'devices.modules.tags.[[my-key]]');
    const { stdout } = await cli('index', 'list');
    await outputOf('index', 'drop', 'devices.modules.tags.[[my-key]]');

    expect(stdout).toMatch(/^PATH +STATE +ENTRIES +SIZE +WRITE +BY +CREATED\n/);
    expect(stdout).toMatch(/^devices\.modules\.tags\.\[\[my-key\]\] +ready +0 +\d+ KiB +person +\S+Z$/m);
    expect(await jsonOf('index', 'list')).toEqual([await jsonOf('index', 'show', 'tags.site')]);
  });

  it('a query finds by it what was written last', async () => {
    await outputOf('twin', 'patch', 'lamp-Rome', '{"tags":{"site":"Bonn"}}');

    expect(await jsonOf('query', `SELECT deviceId FROM devices WHERE tags.site = 'Bonn'`)).toEqual([
      { deviceId: 'lamp-Bonn' },
      { deviceId: 'lamp-Rome' },
    ]);
    expect(await jsonOf('query', 'SELECT tags.site, COUNT() AS lamps FROM devices GROUP BY tags.site')).toEqual([
      { site: 'Bonn', lamps: 2 },
    ]);
  });

  it('what is there already, is not there, or can have no index is refused in one sentence', async () => {
    const refusals = [
      await cli('index', 'create', 'tags.site'),
      await cli('index', 'drop', 'tags.floor'),
      await cli('index', 'create', 'deviceId'),
      await cli('index', 'create', 'tags.my-key'),
    ];

    expect(refusals.map(({ code }) => code)).toEqual([1, 1, 1, 1]);
    const [exists, missing, unindexed, invalid] = refusals.map(({ stderr }) => stderr);
    expect(exists).toMatch(/^error: There is an index on tags\.site already\. \(GenericConflict, tracking id [0-9a-f]{32}\)\n$/);
    expect(missing).toMatch(/^error: There is no index on tags\.floor\. \(GenericNotFound, /);
    expect(unindexed).toMatch(
      /^error: An index is on a property below tags, properties\.desired or properties\.reported, such as tags\.site/,
    );
    expect(invalid).toMatch(/^error: The path is not valid at line 1:\d+: [^\n]+\ntags\.my-key\n +\^\n/);
  });

  it('a hub that was killed goes on with what it was building', async () => {
    await outputOf('index', 'create', 'properties.reported.a', '--no-wait');
    hub.kill('SIGKILL');
    await endOf(hub);
    await start();

    let state: unknown = 'building';
    while (state === 'building') ({ state } = (await jsonOf('index', 'show', 'properties.reported.a')) as { readonly state: unknown });
    expect(await jsonOf('index', 'show', 'properties.reported.a')).toMatchObject({ state: 'ready', entries: 2 });
  });

  it('suggest has nothing to say where queries looked at few twins', async () => {
    await outputOf('query', 'SELECT deviceId FROM devices WHERE tags.floor = 3');

    expect(await outputOf('index', 'suggest')).toBe('No query has looked at many twins without an index that could have helped.\n');
    expect(await jsonOf('index', 'suggest')).toEqual([]);
  });

  it('drop takes an index away', async () => {
    expect(await outputOf('index', 'drop', 'properties.reported.a')).toMatch(/^Dropped the index on properties\.reported\.a\. /);
    await outputOf('index', 'drop', 'tags.site');

    expect(await outputOf('index', 'list')).toBe('No indexes. Make one with `twinhub index create PATH`.\n');
  });
}
