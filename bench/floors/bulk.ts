// Floor of bulk registration: the rows of a device, its twin, its change and its audit entry, 100 devices in each durable commit.
import { randomBytes, randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/stores/sqlite/migrate.ts';
import { deviceIdOf } from '../load/device-ids.ts';

const GROUP = 100;

const { BENCH_FOLDER = '', BENCH_DEVICES = '' } = process.env;
const devices = Number(BENCH_DEVICES);
const database = new Database(`${BENCH_FOLDER}/floor-bulk.db`);
for (const pragma of ['page_size = 8192', 'journal_mode = wal', 'synchronous = full', 'wal_autocheckpoint = 4000']) database.pragma(pragma);
for (const { script } of MIGRATIONS) database.exec(script);
const insertDevice = database.prepare(
  `insert into devices (
     device_id, generation_id, etag, status, status_updated_time, authentication_type, primary_key, secondary_key, iot_edge, parent_scopes,
     model_id, connection_state, connection_state_updated_time, last_activity_time
   )
   values (?, ?, 'MQ==', 'enabled', '', 'sas', ?, ?, 0, '[]', '', 'Disconnected', '', '')`,
);
const insertTwin = database.prepare(
  `insert into twins values (?, '', 1, 2, jsonb('{}'), jsonb('{}'), jsonb(?), 1, jsonb('{}'), jsonb(?), 1)`,
);
const insertChange = database.prepare(
  `insert into changes (at, kind, device_id, module_id, sections) values (?, 'deviceCreated', ?, '', '')`,
);
const insertAudit = database.prepare(
  `insert into audit (at, action, target, policy, source, after) values (?, 'device.create', ?, 'p', 's', 'MQ==')`,
);
const commit = database.transaction((from: number) => {
  const at = new Date().toISOString();
  const metadata = JSON.stringify({ $lastUpdated: at });
  for (let index = from; index < Math.min(from + GROUP, devices); index += 1) {
    const id = deviceIdOf(index);
    insertDevice.run(id, randomUUID(), randomBytes(32).toString('base64'), randomBytes(32).toString('base64'));
    insertTwin.run(id, metadata, metadata);
    insertChange.run(at, id);
    insertAudit.run(at, id);
  }
});
const startedAt = performance.now();
for (let from = 0; from < devices; from += GROUP) commit(from);
console.log(`floor result ${JSON.stringify({ operations: devices, seconds: (performance.now() - startedAt) / 1000, latenciesMs: [] })}`);
