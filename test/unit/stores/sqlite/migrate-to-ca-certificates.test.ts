// A database of schema version 5 becomes one that keeps CA certificates.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openForWriting } from '../../../../src/stores/sqlite/driver.ts';
import { migrate, MIGRATIONS } from '../../../../src/stores/sqlite/migrate.ts';
import { openSqliteStore } from '../../../../src/stores/sqlite/open-sqlite-store.ts';
import { NOON } from '../../../support/store-builders.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test('A hub from before has no CA certificates, keeps what it had, and takes new ones.', async () => {
  const path = join(temporaryFolder(), 'hub.db');
  writeFileSync(path, '');
  const connection = openForWriting(path, 'none');
  migrate(connection, MIGRATIONS.slice(0, 5));
  connection.transaction((writer) =>
    writer.runScript(
      `insert into policies (name, primary_key, secondary_key, permissions) values ('service', 'a2V5', 'a2V5', 'ServiceConnect')`,
    ),
  );
  connection.close();

  const stores = await openSqliteStore({ path, durability: 'none' });
  onTestFinished(() => stores.close());
  const upload = { certificate: 'AAEC', subject: 'CN=x', thumbprint: 'AB', expiryTime: NOON };
  const before = await stores.caCertificates.listCaCertificates();
  await stores.caCertificates.writeCaCertificate({
    kind: 'put',
    name: 'own',
    upload,
    precondition: { kind: 'none' },
    isVerified: true,
    etag: '1',
    at: NOON,
    by: { policy: 'service', source: null },
  });

  expect(before).toEqual([]);
  expect(await stores.caCertificates.listCaCertificates()).toMatchObject([{ name: 'own', isVerified: true }]);
  expect(await stores.policies.listPolicies()).toMatchObject([{ name: 'service' }]);
});
