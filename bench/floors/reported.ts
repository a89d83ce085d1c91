// Floor of reported updates: the statements of the hub in groups of its size, on a thread of their own, without ports and gateways.
import { rmSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/stores/sqlite/migrate.ts';
import { deviceIdOf } from '../load/device-ids.ts';
import { runFlow } from '../load/flow.ts';

/** As the hub has them: changes in one commit, and commits on their way at once. */
const GROUP = 500;
const GROUPS_IN_FLIGHT = 2;

type Update = { readonly deviceId: string; readonly patch: string; readonly at: string };
type Settings = { readonly path: string; readonly devices: number; readonly section: string };

if (isMainThread) await drive();
else serve(workerData as Settings);

async function drive(): Promise<void> {
  const { BENCH_FOLDER = '', BENCH_DEVICES = '', BENCH_SECTION = '', BENCH_CONCURRENCY = '', BENCH_SECONDS = '' } = process.env;
  const settings: Settings = { path: `${BENCH_FOLDER}/floor.db`, devices: Number(BENCH_DEVICES), section: BENCH_SECTION };
  const worker = new Worker(new URL(import.meta.url), { workerData: settings });
  await new Promise((resolve) => worker.once('message', resolve));
  const groups = groupsFor(worker);
  const concurrency = Number(BENCH_CONCURRENCY);
  let count = 0;
  const operation = (): Promise<void> => {
    count += 1;
    return groups({ deviceId: deviceIdOf(count % settings.devices), patch: `{"level":${count}}`, at: new Date().toISOString() });
  };
  await runFlow({ concurrency, seconds: 0.5, operation });
  const { operations, seconds, latenciesMs } = await runFlow({ concurrency, seconds: Number(BENCH_SECONDS), operation });
  await worker.terminate();
  for (const ending of ['', '-wal', '-shm']) rmSync(`${settings.path}${ending}`, { force: true });
  console.log(`floor result ${JSON.stringify({ operations, seconds, latenciesMs })}`);
}

/** Each update resolves when the commit with it is on disk. */
function groupsFor(worker: Worker): (update: Update) => Promise<void> {
  const queue: { readonly update: Update; readonly settle: () => void }[] = [];
  const committing: (readonly (() => void)[])[] = [];
  let scheduled = false;
  const send = (): void => {
    scheduled = false;
    while (queue.length > 0 && committing.length < GROUPS_IN_FLIGHT) {
      const group = queue.splice(0, GROUP);
      committing.push(group.map(({ settle }) => settle));
      worker.postMessage(group.map(({ update }) => update));
    }
  };
  worker.on('message', () => {
    for (const settle of committing.shift() ?? []) settle();
    send();
  });
  return (update) =>
    new Promise((settle) => {
      queue.push({ update, settle });
      if (!scheduled) setImmediate(send);
      scheduled = true;
    });
}

function serve({ path, devices, section }: Settings): void {
  const database = new Database(path);
  for (const pragma of [
    'page_size = 8192',
    'journal_mode = wal',
    'synchronous = full',
    'wal_autocheckpoint = 4000',
    'cache_size = -16384',
  ]) {
    database.pragma(pragma);
  }
  for (const { script } of MIGRATIONS) database.exec(script);
  fill(database, devices, section);
  const read = database.prepare(
    `select json(reported) as reported, json(reported_metadata) as reported_metadata, reported_version
     from twins
     where device_id = ? and module_id = ''`,
  );
  const write = database.prepare(
    `update twins
     set reported = jsonb(?), reported_metadata = jsonb(?), reported_version = ?
     where device_id = ? and module_id = ''`,
  );
  const append = database.prepare(
    `insert into changes (at, kind, device_id, module_id, sections) values (?, 'twinUpdated', ?, '', 'reported')`,
  );
  const commit = database.transaction((updates: readonly Update[]) => {
    for (const { deviceId, patch, at } of updates) {
      const row = read.get(deviceId) as { reported: string; reported_metadata: string; reported_version: number };
      const change = JSON.parse(patch) as Record<string, unknown>;
      const properties = JSON.stringify({ ...(JSON.parse(row.reported) as object), ...change });
      const stamps = Object.fromEntries(Object.keys(change).map((key) => [key, { $lastUpdated: at }]));
      const metadata = JSON.stringify({ ...(JSON.parse(row.reported_metadata) as object), ...stamps, $lastUpdated: at });
      write.run(properties, metadata, row.reported_version + 1, deviceId);
      append.run(at, deviceId);
    }
  });
  parentPort?.on('message', (updates: readonly Update[]) => {
    commit(updates);
    parentPort?.postMessage('done');
  });
  parentPort?.postMessage('ready');
}

function fill(database: InstanceType<typeof Database>, devices: number, section: string): void {
  const insertDevice = database.prepare(
    `insert into devices (
       device_id, generation_id, etag, status, status_updated_time, authentication_type, primary_key, secondary_key, iot_edge, parent_scopes,
       model_id, connection_state, connection_state_updated_time, last_activity_time
     )
     values (?, 'g', 'MQ==', 'enabled', '', 'sas', 'a', 'b', 0, '[]', '', 'Disconnected', '', '')`,
  );
  const insertTwin = database.prepare(
    `insert into twins
     values (?, '', 1, 1, jsonb('{}'), jsonb('{}'), jsonb('{}'), 1, jsonb(?), jsonb(?), 1)`,
  );
  // Each property of the section has been reported, so each has its stamp, as in a hub.
  const stamp = { $lastUpdated: new Date().toISOString() };
  const names = Object.keys(JSON.parse(section) as object);
  const metadata = JSON.stringify({ ...stamp, ...Object.fromEntries(names.map((name) => [name, stamp])) });
  database.transaction(() => {
    for (let index = 0; index < devices; index += 1) {
      const id = deviceIdOf(index);
      insertDevice.run(id);
      insertTwin.run(id, section, metadata);
    }
  })();
}
