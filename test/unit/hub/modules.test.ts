// Modules of connected devices: which writes end whose connections.
import { expect, test } from 'vitest';
import type { ModuleId } from '../../../src/domain/identity/identity-id.ts';
import { parseBulk } from '../../../src/domain/identity/parse-bulk.ts';
import { parseDeviceSpec } from '../../../src/domain/identity/parse-device-spec.ts';
import { parseModuleSpec } from '../../../src/domain/identity/parse-module-spec.ts';
import type { JsonValue } from '../../../src/domain/json.ts';
import { SOMEONE } from '../../support/actors.ts';
import { sasKeys } from '../../support/identities.ts';
import { openHub, type OpenHub, principalOf, RecordingLink } from '../../support/open-hub.ts';

const ANY = { kind: 'any' } as const;
const DOOR: ModuleId = { deviceId: 'house', moduleId: 'door' };

type Links = { readonly house: RecordingLink; readonly door: RecordingLink; readonly roof: RecordingLink };

/** A device with two modules, all of them connected. */
async function connectedHouse(open: OpenHub): Promise<Links> {
  const house = await open.createDevice('house');
  const links = { house: new RecordingLink(), door: new RecordingLink(), roof: new RecordingLink() };
  await open.hub.connections.connect(principalOf(house), links.house);
  for (const moduleId of ['door', 'roof'] as const) {
    const module = await open.createModule({ deviceId: 'house', moduleId });
    await open.hub.connections.connect(principalOf(house, module), links[moduleId]);
  }
  return links;
}

/** The connections that were closed, by whose they are. */
function closedOf(links: Links): readonly string[] {
  return Object.entries(links).flatMap(([name, { closed }]) => (closed.length === 0 ? [] : [name]));
}

function bulk(item: JsonValue): (open: OpenHub) => Promise<unknown> {
  return ({ hub }) => hub.bulkRegistry.write(parseBulk([item]), SOMEONE);
}

function putHouse(body: JsonValue): (open: OpenHub) => Promise<unknown> {
  return ({ hub }) => hub.devices.put(parseDeviceSpec('house', body), ANY, SOMEONE);
}

/** With the keys that the device has. */
async function updatedHouse(open: OpenHub, changes: object): Promise<unknown> {
  const { primaryKey, secondaryKey } = sasKeys(await open.hub.devices.get('house'));
  return putHouse({ authentication: { type: 'sas', symmetricKey: { primaryKey, secondaryKey } }, ...changes })(open);
}

const ALL = ['house', 'door', 'roof'];
const writes: readonly [title: string, write: (open: OpenHub) => Promise<unknown>, ended: readonly string[]][] = [
  ['New keys of a module', ({ hub }) => hub.modules.put(parseModuleSpec(DOOR, {}), ANY, SOMEONE), ['door']],
  ['The end of a module', ({ hub }) => hub.modules.delete(DOOR, ANY, SOMEONE), ['door']],
  ['New keys of a module in a bulk call', bulk({ id: 'house', moduleId: 'door', importMode: 'update' }), ['door']],
  ['The end of a module in a bulk call', bulk({ id: 'house', moduleId: 'door', importMode: 'delete' }), ['door']],
  ['A twin of a module in a bulk call', bulk({ id: 'house', moduleId: 'door', importMode: 'updateTwin', tags: { a: 1 } }), []],
  ['The end of a device', ({ hub }) => hub.devices.delete('house', ANY, SOMEONE), ALL],
  ['The end of a device in a bulk call', bulk({ id: 'house', importMode: 'delete' }), ALL],
  ['New keys of a device', putHouse({}), ALL],
  ['A device that is disabled', (open) => updatedHouse(open, { status: 'disabled' }), ALL],
  ['A device that becomes an edge device', (open) => updatedHouse(open, { capabilities: { iotEdge: true } }), []],
  ['A reason for the status of a device', (open) => updatedHouse(open, { statusReason: 'new' }), []],
];

test.each(writes)('%s ends the connections that it must, and no others.', async (_, write, ended) => {
  await using open = await openHub();
  const links = await connectedHouse(open);

  await write(open);

  expect(closedOf(links)).toEqual(ended);
});

test('A device that is an edge device no more loses its connection, and with it those of its modules.', async () => {
  await using open = await openHub();
  const links = await connectedHouse(open);
  await updatedHouse(open, { capabilities: { iotEdge: true } });

  await updatedHouse(open, {});

  expect(closedOf(links)).toEqual(ALL);
});

test('A bulk call tells a connected module what changed in its desired properties, and nobody else.', async () => {
  await using open = await openHub();
  const links = await connectedHouse(open);

  await bulk({ id: 'house', moduleId: 'door', importMode: 'updateTwin', properties: { desired: { open: true } } })(open);

  expect([links.door.notices, links.roof.notices, links.house.notices]).toEqual([[{ version: 2, patch: { open: true } }], [], []]);
});

test('Modules are out of reach while their device is disabled, and their twins are not.', async () => {
  await using open = await openHub();
  await connectedHouse(open);
  await updatedHouse(open, { status: 'disabled' });
  const outOfReach = { code: 'IotHubUnauthorizedAccess', message: expect.stringContaining("'house' is disabled") };

  await expect(open.hub.modules.get(DOOR)).rejects.toMatchObject(outOfReach);
  await expect(open.hub.modules.list('house')).rejects.toMatchObject(outOfReach);
  await expect(open.hub.modules.put(parseModuleSpec(DOOR, {}), ANY, SOMEONE)).rejects.toMatchObject(outOfReach);
  await expect(open.hub.modules.delete(DOOR, ANY, SOMEONE)).rejects.toMatchObject(outOfReach);

  expect((await open.hub.twins.get(DOOR)).identity).toMatchObject(DOOR);
  const written = await open.hub.twins.write({
    kind: 'patch',
    ...DOOR,
    body: { tags: { a: 1 } },
    precondition: { kind: 'none' },
    by: SOMEONE,
  });
  expect(written.twin.tags).toEqual({ a: 1 });
});
