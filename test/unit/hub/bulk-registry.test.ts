// Bulk calls as a use case: what connected devices see, and what a store that fails means.
import { expect, test } from 'vitest';
import { HubError } from '../../../src/domain/errors.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { parseBulk } from '../../../src/domain/identity/parse-bulk.ts';
import type { Hub } from '../../../src/hub/hub.ts';
import { openEphemeralStore } from '../../../src/stores/sqlite/open-ephemeral-store.ts';
import { SOMEONE } from '../../support/actors.ts';
import { type OpenHub, openHub, principalOf, RecordingLink } from '../../support/open-hub.ts';
import { sasKeys } from '../../support/identities.ts';

/** @returns for each refused item the device and the code. */
async function bulk(hub: Hub, items: readonly JsonObject[]): Promise<readonly string[]> {
  const refused = await hub.bulkRegistry.write(parseBulk(items), SOMEONE);
  return refused.map(({ target, refusal }) => `${target.deviceId} ${refusal.code}`);
}

async function connect(open: OpenHub, deviceId: string): Promise<RecordingLink> {
  const link = new RecordingLink();
  await open.hub.connections.connect(principalOf(await open.createDevice(deviceId)), link);
  return link;
}

test('Refused items are answered in the order of the call, those of the rules and those of the store alike.', async () => {
  await using open = await openHub();
  await open.createDevice('old');

  const refused = await bulk(open.hub, [
    { id: 'old', importMode: 'create' },
    { id: 'new', importMode: 'create' },
    { id: 'a/b', importMode: 'create' },
    { id: 'ghost', importMode: 'delete' },
    { id: 'module', moduleId: 'm', importMode: 'create' },
    { id: 'stale', importMode: 'updateTwinIfMatchETag', twinETag: 'x' },
  ]);

  expect(refused).toEqual([
    'old DeviceAlreadyExists',
    'a/b ArgumentInvalid',
    'ghost DeviceNotFound',
    'module IotHubUnauthorizedAccess',
    'stale DeviceNotFound',
  ]);
  expect(await open.hub.devices.get('new')).toMatchObject({ status: 'enabled' });
});

test('Each device gets keys and a generation of its own, and the time of the call.', async () => {
  await using open = await openHub();

  await bulk(open.hub, [
    { id: 'a', importMode: 'create', tags: { plant: 1 } },
    { id: 'b', importMode: 'create' },
  ]);

  const [a, b] = [await open.hub.devices.get('a'), await open.hub.devices.get('b')];
  expect(new Set([...Object.values(sasKeys(a)), ...Object.values(sasKeys(b))]).size).toBe(4);
  expect(a.generationId).not.toBe(b.generationId);
  const changes = await open.stores.changes.readChanges(0, 10);
  expect(changes.map(({ kind, at }) => `${kind} ${at}`)).toEqual([
    'deviceCreated 2026-01-01T00:00:00.000Z',
    'twinUpdated 2026-01-01T00:00:00.000Z',
    'deviceCreated 2026-01-01T00:00:00.000Z',
  ]);
});

test('Devices are disconnected by what would disconnect them in single calls, and by nothing else.', async () => {
  await using open = await openHub();
  const ids = ['deleted', 'disabled', 'rekeyed', 'renamed', 'refused', 'retagged', 'unnamed'];
  const links = new Map<string, RecordingLink>();
  for (const id of ids) links.set(id, await connect(open, id));
  const authentication = { symmetricKey: sasKeys(await open.hub.devices.get('renamed')) };

  await bulk(open.hub, [
    { id: 'deleted', importMode: 'delete' },
    { id: 'disabled', importMode: 'update', status: 'disabled' },
    { id: 'rekeyed', importMode: 'update' },
    { id: 'renamed', importMode: 'update', statusReason: 'new', authentication },
    { id: 'refused', importMode: 'deleteIfMatchETag', eTag: 'x' },
    { id: 'retagged', importMode: 'updateTwin', tags: { a: 1 } },
  ]);

  const closed = ids.filter((id) => links.get(id)?.closed.length === 1);
  expect(closed).toEqual(['deleted', 'disabled', 'rekeyed']);
});

test('Connected devices are told of their desired properties, after earlier changes and before later ones.', async () => {
  await using open = await openHub();
  const link = await connect(open, 'lamp');
  const single = (level: number): Promise<unknown> =>
    open.hub.twins.write({
      kind: 'patch',
      deviceId: 'lamp',
      body: { properties: { desired: { level } } },
      precondition: { kind: 'none' },
      by: SOMEONE,
    });
  const inBulk = (level: number): Promise<unknown> =>
    bulk(open.hub, [{ id: 'lamp', importMode: 'updateTwin', properties: { desired: { level } } }]);

  await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? single(index) : inBulk(index))));

  const twin = await open.hub.twins.get({ deviceId: 'lamp' });
  expect(link.notices.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
  expect(link.notices.at(-1)?.patch).toEqual(twin.twin.desired.properties);
});

test('A change that rides along with an update reaches the device before it is disconnected.', async () => {
  await using open = await openHub();
  const link = await connect(open, 'lamp');

  await bulk(open.hub, [{ id: 'lamp', importMode: 'update', properties: { desired: { level: 1 } } }]);

  expect([link.notices, link.closed]).toEqual([[{ version: 2, patch: { level: 1 } }], ['signInChanged']]);
});

test('A store that does not accept writes refuses the call and not its items.', async () => {
  const stores = await openEphemeralStore();
  const full = new HubError('ServiceUnavailable', 'The disk of the store is full.');
  await using open = await openHub({ stores: { ...stores, devices: { ...stores.devices, writeInBulk: () => Promise.reject(full) } } });

  await expect(bulk(open.hub, [{ id: 'lamp', importMode: 'create' }])).rejects.toBe(full);
});

test('Devices are counted as the store has them, also those that other nodes hold.', async () => {
  await using open = await openHub();
  const link = await connect(open, 'here');
  await open.createDevice('there');
  await open.stores.devices.recordConnections([
    {
      kind: 'connected',
      modelId: '',
      cleanSession: false,
      deviceId: 'there',
      connectionId: 'of-another-node',
      at: '2026-01-01T00:00:00.000Z',
    },
  ]);

  expect(link.closed).toEqual([]);
  expect(await open.hub.devices.count()).toEqual({ total: 2, disabled: 0, connected: 2 });
});
