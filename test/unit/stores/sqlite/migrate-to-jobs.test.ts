// A database of schema version 1, with data in it, becomes one of version 2.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openForWriting } from '../../../../src/stores/sqlite/driver.ts';
import { migrate, MIGRATIONS } from '../../../../src/stores/sqlite/migrate.ts';
import { openSqliteStore } from '../../../../src/stores/sqlite/open-sqlite-store.ts';
import { countsOf, twinJob } from '../../../support/job-builders.ts';
import { NOON } from '../../../support/store-builders.ts';
import { runJob } from '../../../support/stored-jobs.ts';

test('A store from before jobs keeps what it has, and its devices can be given work.', async () => {
  const path = await storeOfVersionOne();

  const stores = await openSqliteStore({ path, durability: 'none' });
  onTestFinished(() => stores.close());
  await runJob(stores, twinJob('job-1'), ['lamp']);
  await stores.jobs.patchTwins({ jobId: 'job-1', limit: 9, at: NOON });

  const found = await stores.twins.readTwin({ deviceId: 'lamp' });
  expect(found?.identity).toMatchObject({ deviceId: 'lamp', etag: 'NDE=', statusReason: 'spare' });
  expect(found?.twin).toMatchObject({
    tags: { plant: 'A' },
    desired: { properties: { level: 3, building: '43' }, version: 8 },
    reported: { properties: { on: true }, version: 5 },
  });
  expect((await stores.jobs.readJob('job-1'))?.counts).toEqual(countsOf({ completed: 1 }));
  const changes = await stores.changes.readChanges(0, 9);
  expect(changes.map(({ kind }) => kind)).toEqual(['deviceCreated', 'twinUpdated']);
});

/** Written with the statements of that version, which are not those of today for ever. */
async function storeOfVersionOne(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'twinhub-migration-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'hub.db');
  await writeFile(path, '');
  const connection = openForWriting(path, 'none');
  migrate(connection, MIGRATIONS.slice(0, 1));
  connection.transaction((writer) =>
    writer.runScript(`
      insert into devices (
        device_id, generation_id, etag, status, status_reason, status_updated_time, primary_key, secondary_key, connection_state,
        connection_state_updated_time, last_activity_time
      )
      values ('lamp', 'g', 'NDE=', 'enabled', 'spare', '${NOON}', 'a2V5', 'a2V5', 'Disconnected', '${NOON}', '${NOON}');
      insert into twins (
        device_id, etag_counter, version, tags, desired, desired_metadata, desired_version, reported, reported_metadata, reported_version
      )
      values ('lamp', 9, 9, jsonb('{"plant":"B"}'), jsonb('{"level":3}'), jsonb('{}'), 7, jsonb('{"on":true}'), jsonb('{}'), 5);
      insert into changes (at, kind, device_id, sections)
      values ('${NOON}', 'deviceCreated', 'lamp', '');
    `),
  );
  connection.close();
  return path;
}
