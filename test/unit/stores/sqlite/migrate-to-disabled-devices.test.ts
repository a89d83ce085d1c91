// A database of schema version 3, with devices in it, becomes one of version 4.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openForWriting } from '../../../../src/stores/sqlite/driver.ts';
import { migrate, MIGRATIONS } from '../../../../src/stores/sqlite/migrate.ts';
import { openSqliteStore } from '../../../../src/stores/sqlite/open-sqlite-store.ts';
import { NOON } from '../../../support/store-builders.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test('Devices from before are counted.', async () => {
  const path = storeOfVersionThree();

  const stores = await openSqliteStore({ path, durability: 'none' });
  onTestFinished(() => stores.close());

  expect(await stores.devices.countDevices()).toEqual({ total: 3, disabled: 2, connected: 1 });
});

test('Disabled devices are counted without a look at the others.', () => {
  const connection = openForWriting(storeOfVersionThree(), 'none');
  onTestFinished(() => connection.close());
  migrate(connection);

  const plan = connection.read((reader) =>
    reader.rows<{ detail: string }>(`explain query plan select count(*) from devices where status = 'disabled'`),
  );

  expect(plan.map(({ detail }) => detail)).toEqual(['SCAN devices USING COVERING INDEX disabled_devices']);
});

/** Written with the statements of that version, which are not those of today for ever. */
function storeOfVersionThree(): string {
  const path = join(temporaryFolder(), 'hub.db');
  writeFileSync(path, '');
  const connection = openForWriting(path, 'none');
  migrate(connection, MIGRATIONS.slice(0, 3));
  connection.transaction((writer) =>
    writer.runScript(`
      insert into devices (
        device_id, generation_id, etag, status, status_reason, status_updated_time, primary_key, secondary_key, connection_state,
        connection_state_updated_time, last_activity_time
      )
      values
        ('a', 'g', 'NDE=', 'enabled', null, '${NOON}', 'a2V5', 'a2V5', 'Connected', '${NOON}', '${NOON}'),
        ('b', 'g', 'NDE=', 'disabled', null, '${NOON}', 'a2V5', 'a2V5', 'Disconnected', '${NOON}', '${NOON}'),
        ('c', 'g', 'NDE=', 'disabled', 'stolen', '${NOON}', 'a2V5', 'a2V5', 'Disconnected', '${NOON}', '${NOON}');
    `),
  );
  connection.close();
  return path;
}
