// A database of schema version 6 becomes one whose twins can have indexes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseCondition } from '../../../../src/domain/query/parser.ts';
import { insertDevice } from '../../../../src/stores/sqlite/device-operations.ts';
import { openForWriting } from '../../../../src/stores/sqlite/driver.ts';
import { migrate, MIGRATIONS } from '../../../../src/stores/sqlite/migrate.ts';
import { openSqliteStore } from '../../../../src/stores/sqlite/open-sqlite-store.ts';
import { insertTwin } from '../../../../src/stores/sqlite/twin-operations.ts';
import { sampleTwin } from '../../../support/query/sample-twin.ts';
import { indexWrite } from '../../../support/store-builders.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test('Twins from before are taken up by an index.', async () => {
  const path = join(temporaryFolder(), 'hub.db');
  writeFileSync(path, '');
  const connection = openForWriting(path, 'none');
  migrate(connection, MIGRATIONS.slice(0, 6));
  const { device, twin } = sampleTwin({ site: 'x' });
  connection.transaction((writer) => {
    insertDevice(writer, device);
    insertTwin(writer, twin);
  });
  connection.close();

  const stores = await openSqliteStore({ path, durability: 'none' });
  onTestFinished(() => stores.close());
  const before = await stores.indexes.measureIndexes();
  await stores.indexes.createIndex(indexWrite('tags.site'));
  while (await stores.indexes.buildIndexes(10)) continue;

  expect(before).toEqual([]);
  expect(await stores.indexes.measureIndexes()).toMatchObject([{ state: 'ready', entries: 1 }]);
  const query = { condition: parseCondition(`tags.site = 'x'`), orderBy: [], after: undefined, limit: 10 };
  const { twins } = await stores.queries.queryTwins(query, new AbortController().signal);
  expect(twins.map(({ identity }) => identity.deviceId)).toEqual([device.deviceId]);
});
