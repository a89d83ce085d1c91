// The probes of a store: the write must reach the log of the database, or it would prove nothing.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabaseFile } from '../../../../src/stores/sqlite/database-file.ts';
import { MIGRATIONS } from '../../../../src/stores/sqlite/migrate.ts';
import { probeRead, probeWrite } from '../../../../src/stores/sqlite/probe-operations.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test('The write probe writes to the log and leaves the schema version as it is.', () => {
  const path = join(temporaryFolder(), 'hub.db');
  const { connection, close } = openDatabaseFile(path, 'full');
  onTestFinished(close);
  const before = statSync(`${path}-wal`).size;

  connection.transaction(probeWrite);

  expect(statSync(`${path}-wal`).size).toBeGreaterThan(before);
  expect(connection.read((reader) => reader.row('pragma user_version'))).toEqual({ user_version: MIGRATIONS.length });
});

test('The read probe fails on a connection that is closed.', () => {
  const path = join(temporaryFolder(), 'hub.db');
  const { connection, close } = openDatabaseFile(path, 'full');

  connection.read(probeRead);
  close();

  expect(() => connection.read(probeRead)).toThrow('not open');
});
