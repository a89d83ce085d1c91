// A database of schema version 4, with data in it, becomes one of version 5.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Stores } from '../../../../src/ports/stores.ts';
import { openForWriting } from '../../../../src/stores/sqlite/driver.ts';
import { migrate, MIGRATIONS } from '../../../../src/stores/sqlite/migrate.ts';
import { openSqliteStore } from '../../../../src/stores/sqlite/open-sqlite-store.ts';
import { sasKeys } from '../../../support/identities.ts';
import { createModule, NOON, readAllChanges, remove } from '../../../support/store-builders.ts';

const LAMP = `
  insert into devices (
    device_id, generation_id, etag, status, status_reason, status_updated_time, primary_key, secondary_key, connection_state,
    connection_state_updated_time, last_activity_time, connection_id
  )
  values ('lamp', 'g', 'NDE=', 'disabled', 'spare', '${NOON}', 'a2V5', 'a2V6', 'Connected', '${NOON}', '${NOON}', 'c1');
  insert into twins (
    device_id, etag_counter, version, tags, desired, desired_metadata, desired_version, reported, reported_metadata, reported_version
  )
  values ('lamp', 9, 9, jsonb('{"plant":"B"}'), jsonb('{"level":3}'), jsonb('{}'), 7, jsonb('{"on":true}'), jsonb('{}'), 5);
  insert into subscriptions (device_id, subscriptions) values ('lamp', 'methods');
`;

const ENABLED_LAMP = LAMP.replace("'disabled'", "'enabled'");

test('A store from before modules keeps its devices with their keys, twins, subscriptions and states.', async () => {
  const stores = await openAfter(LAMP);

  const device = await stores.devices.readDevice('lamp');
  expect(device).toMatchObject({ etag: 'NDE=', statusReason: 'spare', iotEdge: false, deviceScope: null, parentScopes: [], modelId: '' });
  expect(device && sasKeys(device)).toEqual({ primaryKey: 'a2V5', secondaryKey: 'a2V6' });
  expect(await stores.devices.countDevices()).toEqual({ total: 1, disabled: 1, connected: 1 });
  expect(await stores.subscriptions.readSubscriptions({ deviceId: 'lamp' })).toEqual(['methods']);
  expect((await stores.twins.readTwin({ deviceId: 'lamp' }))?.twin).toMatchObject({
    etagCounter: 9,
    tags: { plant: 'B' },
    desired: { properties: { level: 3 }, version: 7 },
    reported: { properties: { on: true }, version: 5 },
  });
});

test('Its devices take modules, which go with them.', async () => {
  const stores = await openAfter(ENABLED_LAMP);
  const id = { deviceId: 'lamp', moduleId: 'bulb' };
  await createModule(stores, id);

  await stores.devices.writeDevices([remove('lamp')]);

  expect(await stores.modules.readModule(id)).toBeUndefined();
  expect(await stores.twins.readTwin(id)).toBeUndefined();
  expect(await stores.twins.readTwin({ deviceId: 'lamp' })).toBeUndefined();
});

test('The sequence of changes goes on where it was, also when the feed was trimmed to nothing.', async () => {
  const stores = await openAfter(`
    ${ENABLED_LAMP}
    insert into changes (sequence, at, kind, device_id, sections) values (1000, '${NOON}', 'deviceCreated', 'lamp', '');
    delete from changes;
  `);

  await createModule(stores, { deviceId: 'lamp', moduleId: 'bulb' });

  expect((await readAllChanges(stores)).map(({ sequence }) => sequence)).toEqual([1001]);
});

/** The script runs on the schema of version 4. */
async function openAfter(script: string): Promise<Stores> {
  const folder = await mkdtemp(join(tmpdir(), 'twinhub-migration-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'hub.db');
  await writeFile(path, '');
  const connection = openForWriting(path, 'none');
  migrate(connection, MIGRATIONS.slice(0, 4));
  connection.transaction((writer) => writer.runScript(script));
  connection.close();
  const stores = await openSqliteStore({ path, durability: 'none' });
  onTestFinished(() => stores.close());
  return stores;
}
