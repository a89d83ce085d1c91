// Goal: modules and edge devices are looked after on the command line, as text and as JSON.
// Method: one hub on free ports, started by the command line, and one process a command.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOn } from '../support/cli-commands.ts';
import { awaitLine, endOf, startCli } from '../support/run-cli.ts';

const KEYS = { primary: Buffer.alloc(32, 1).toString('base64'), secondary: Buffer.alloc(32, 2).toString('base64') };

let folder: string;
let dataDir: string;
let hub: ChildProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhub test-'));
  dataDir = join(folder, 'data');
  hub = startCli(['start', '--data-dir', dataDir, '--https-port', '0', '--mqtt-port', '0']);
  await awaitLine(hub, /^twinhub ready/m);
});
afterAll(async () => {
  hub.kill('SIGTERM');
  await endOf(hub);
  await rm(folder, { recursive: true });
});

const { cli, outputOf, jsonOf } = commandsOn(() => dataDir);

describe('module', () => {
  it('is created, shown, listed, changed and deleted', async () => {
    await outputOf('device', 'create', 'house');

    const created = await outputOf('module', 'create', 'house', 'door', '--managed-by', 'us');
    const shown = await jsonOf('module', 'show', 'house', 'door');
    const list = await outputOf('module', 'list', 'house');
    const updated = await jsonOf('module', 'update', 'house', 'door', '--auth', 'ca');
    const deleted = await outputOf('module', 'delete', 'house', 'door');

    expect(created).toMatch(
      /^device +house\nmodule +door\nmanaged by +us\nconnection +Disconnected\nlast activity +never\nprimary key +\S{44}\n/,
    );
    expect(shown).toMatchObject({ deviceId: 'house', moduleId: 'door', managedBy: 'us' });
    expect(list).toMatch(/^MODULE +MANAGED BY +CONNECTION +LAST ACTIVITY\ndoor +us +Disconnected +never\n$/);
    expect(updated).toMatchObject({ managedBy: 'us', authentication: { type: 'certificateAuthority' } });
    expect(deleted).toBe('Deleted door of house.\n');
    expect(await outputOf('module', 'list', 'house')).toMatch(/^No modules\./);
  });

  it('has a connection string of its own', async () => {
    await outputOf('device', 'create', 'shed');
    await outputOf('module', 'create', 'shed', 'door', '--primary-key', KEYS.primary, '--secondary-key', KEYS.secondary);

    const own = await outputOf('module', 'connection-string', 'shed', 'door');
    const secondary = await jsonOf('module', 'connection-string', 'shed', 'door', '--secondary');

    expect(own).toBe(`HostName=localhost;DeviceId=shed;ModuleId=door;SharedAccessKey=${KEYS.primary}\n`);
    expect(secondary).toEqual({ connectionString: expect.stringContaining(KEYS.secondary) });
  });

  it('has a twin and methods of its own', async () => {
    await outputOf('device', 'create', 'barn');
    await outputOf('module', 'create', 'barn', 'door');

    await outputOf('twin', 'patch', 'barn', '{"tags":{"floor":1}}', '--module', 'door');

    expect(await jsonOf('twin', 'show', 'barn', '--module', 'door')).toMatchObject({ moduleId: 'door', tags: { floor: 1 } });
    expect(await jsonOf('twin', 'show', 'barn')).toMatchObject({ tags: {} });
    const { code, stderr } = await cli('method', 'invoke', 'barn', 'open', '--module', 'ghost');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('twinhub module create DEVICE MODULE') });
  });

  it('of an edge device are those of its runtime, and devices may be behind it', async () => {
    await outputOf('device', 'create', 'gate', '--edge');

    const inner = await jsonOf('device', 'create', 'inner-gate', '--edge', '--parent', 'gate');
    const leaf = await jsonOf('device', 'create', 'leaf', '--parent', 'gate');
    const modules = await outputOf('module', 'list', 'gate');
    const refused = await cli('device', 'create', 'other', '--parent', 'leaf');

    const scope = expect.stringMatching(/^ms-azure-iot-edge:\/\/gate-/);
    expect(inner).toMatchObject({ capabilities: { iotEdge: true }, parentScopes: [scope] });
    expect(leaf).toMatchObject({ capabilities: { iotEdge: false }, deviceScope: scope, parentScopes: [scope] });
    expect(modules).toMatch(/\n\$edgeAgent +iotEdge .*\n\$edgeHub +iotEdge /);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('leaf is no edge device') });
  });
});
