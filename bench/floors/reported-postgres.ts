// Floor of reported updates on PostgreSQL: sections are read, merged here and written back in batches of the hub's size through `pg`, without ports and gateways.
import pg from 'pg';
import { MIGRATIONS } from '../../src/stores/postgres/migrate.ts';
import { deviceIdOf } from '../load/device-ids.ts';
import { runFlow } from '../load/flow.ts';

/** As the hub has them: connections, changes in one commit, and commits under way at once, which have no device in common: no report overtakes another one of its device. */
const CONNECTIONS = 10;
const BATCH = 500;
const BATCHES_UNDER_WAY = 2;
const LOCK = `select pg_advisory_xact_lock(hashtextextended('twinhub feed ' || current_schema(), 0))`;

const SELECT = `
  select device_id, module_id, reported, reported_metadata, reported_version
  from twins
  join unnest($1::text[], $2::text[]) as wanted (device_id, module_id) using (device_id, module_id)
  order by device_id, module_id
  for no key update of twins`;

const UPDATE = `
  update twins
  set reported = changed.reported, reported_metadata = changed.reported_metadata, reported_version = changed.reported_version
  from jsonb_populate_recordset(null::twins, $1::jsonb) as changed
  where twins.device_id = changed.device_id
  and twins.module_id = changed.module_id`;

const APPEND = `
  insert into changes (device_id, module_id, at, kind, sections)
  select device_id, module_id, at, kind, sections
  from jsonb_populate_recordset(null::changes, $1::jsonb) with ordinality
  order by ordinality`;

type Update = { readonly deviceId: string; readonly patch: string; readonly at: string };
type Row = {
  readonly device_id: string;
  readonly module_id: string;
  readonly reported: string;
  readonly reported_metadata: string;
  readonly reported_version: string;
};
type Reported = { properties: Record<string, unknown>; metadata: Record<string, unknown>; version: number };

const { BENCH_POSTGRES, BENCH_SCHEMA = '', BENCH_DEVICES, BENCH_SECTION = '', BENCH_CONCURRENCY, BENCH_SECONDS } = process.env;
const devices = Number(BENCH_DEVICES);
const concurrency = Number(BENCH_CONCURRENCY);
const pool = new pg.Pool({
  connectionString: BENCH_POSTGRES,
  options: `-c search_path=${BENCH_SCHEMA}`,
  max: CONNECTIONS,
  pipeline: true,
  // JSON stays text.
  types: { getTypeParser: () => (text: string) => text },
});
await fill();
const report = inBatches(commit);
let count = 0;
const operation = (): Promise<void> => {
  count += 1;
  return report({ deviceId: deviceIdOf(count % devices), patch: `{"level":${count}}`, at: new Date().toISOString() });
};
await runFlow({ concurrency, seconds: 0.5, operation });
const { operations, seconds, latenciesMs } = await runFlow({ concurrency, seconds: Number(BENCH_SECONDS), operation });
await pool.query(`drop schema ${BENCH_SCHEMA} cascade`);
await pool.end();
console.log(`floor result ${JSON.stringify({ operations, seconds, latenciesMs })}`);

type Batch = { readonly devices: ReadonlySet<string>; readonly done: Promise<void> };

/** Each update resolves when the commit with it is on disk. */
function inBatches(commitAll: (updates: readonly Update[]) => Promise<void>): (update: Update) => Promise<void> {
  const queue: { readonly update: Update; readonly settle: () => void }[] = [];
  const underWay = new Set<Batch>();
  let isScheduled = false;
  const sendOne = (): void => {
    const group = queue.splice(0, BATCH);
    const updates = group.map(({ update }) => update);
    const named = new Set(updates.map(({ deviceId }) => deviceId));
    const before = [...underWay].filter((other) => !other.devices.isDisjointFrom(named)).map(({ done }) => done);
    const committed = Promise.all(before).then(() => commitAll(updates));
    const done = committed.then(() => {
      underWay.delete(batch);
      for (const { settle } of group) settle();
      schedule();
    });
    const batch: Batch = { devices: named, done };
    underWay.add(batch);
  };
  const send = (): void => {
    isScheduled = false;
    while (queue.length > 0 && underWay.size < BATCHES_UNDER_WAY) sendOne();
  };
  // What comes in one turn of the event loop comes into one batch.
  const schedule = (): void => {
    if (!isScheduled) setImmediate(send);
    isScheduled = true;
  };
  return (update) =>
    new Promise((settle) => {
      queue.push({ update, settle });
      schedule();
    });
}

/** A statement that follows another one at once is sent with it. */
async function commit(updates: readonly Update[]): Promise<void> {
  const client = await pool.connect();
  const ids = [...new Set(updates.map(({ deviceId }) => deviceId))];
  const begun = client.query({ name: 'begin', text: 'begin' });
  const { rows } = await client.query<Row>({ name: 'select', text: SELECT, values: [ids, ids.map(() => '')] });
  const twins = new Map(rows.map((row) => [row.device_id, parsed(row)]));
  for (const { deviceId, patch, at } of updates) {
    const twin = twins.get(deviceId);
    if (!twin) throw new Error(`There is no twin of ${deviceId}`);
    const change = JSON.parse(patch) as Record<string, unknown>;
    Object.assign(twin.properties, change);
    for (const name of Object.keys(change)) twin.metadata[name] = { $lastUpdated: at };
    twin.metadata['$lastUpdated'] = at;
    twin.version += 1;
  }
  const changed = [...twins].map(([deviceId, { properties, metadata, version }]) => ({
    device_id: deviceId,
    module_id: '',
    reported: properties,
    reported_metadata: metadata,
    reported_version: version,
  }));
  const changes = updates.map(({ deviceId, at }) => ({
    device_id: deviceId,
    module_id: '',
    at,
    kind: 'twinUpdated',
    sections: 'reported',
  }));
  await Promise.all([
    begun,
    client.query({ name: 'update', text: UPDATE, values: [JSON.stringify(changed)] }),
    client.query({ name: 'lock', text: LOCK }),
    client.query({ name: 'append', text: APPEND, values: [JSON.stringify(changes)] }),
    client.query({ name: 'commit', text: 'commit' }),
  ]);
  client.release();
}

function parsed({ reported, reported_metadata: metadata, reported_version: version }: Row): Reported {
  return {
    properties: JSON.parse(reported) as Record<string, unknown>,
    metadata: JSON.parse(metadata) as Record<string, unknown>,
    version: Number(version),
  };
}

async function fill(): Promise<void> {
  await pool.query(`drop schema if exists ${BENCH_SCHEMA} cascade`);
  await pool.query(`create schema ${BENCH_SCHEMA}`);
  for (const { script } of MIGRATIONS) await pool.query(script);
  const ids = Array.from({ length: devices }, (_, index) => deviceIdOf(index));
  await pool.query(
    `insert into devices (
       device_id, generation_id, etag, status, status_updated_time, authentication_type, primary_key, secondary_key, iot_edge, parent_scopes,
       model_id, connection_state, connection_state_updated_time, last_activity_time
     )
     select device_id, 'g', 'MQ==', 'enabled', '', 'sas', 'a', 'b', false, '[]', '', 'Disconnected', '', ''
     from unnest($1::text[]) as ids (device_id)`,
    [ids],
  );
  // Each property of the section has been reported, so each has its stamp, as in a hub.
  const stamp = { $lastUpdated: new Date().toISOString() };
  const names = Object.keys(JSON.parse(BENCH_SECTION) as object);
  const metadata = JSON.stringify({ ...stamp, ...Object.fromEntries(names.map((name) => [name, stamp])) });
  await pool.query(
    `insert into twins (
       device_id, module_id, etag_counter, version, tags, desired, desired_metadata, desired_version, reported, reported_metadata, reported_version
     )
     select device_id, '', 1, 1, '{}', '{}', '{}', 1, $2::jsonb, $3::jsonb, 1
     from unnest($1::text[]) as ids (device_id)`,
    [ids, BENCH_SECTION, metadata],
  );
}
