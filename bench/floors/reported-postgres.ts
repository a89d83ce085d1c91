// Floor of reported updates on PostgreSQL: the statements of the hub by hand, in batches of its size, between bare MQTT over TLS and `pg`.
import pg from 'pg';
import { MIGRATIONS } from '../../src/stores/postgres/migrate.ts';
import { deviceIdOf } from '../load/device-ids.ts';
import { type BareDevice, bareMqtt } from './bare-mqtt.ts';
import { listen } from './bare-servers.ts';

/** As the hub has them: connections, changes in one commit, and commits under way at once, which have no device in common: no report overtakes another one of its device. */
const CONNECTIONS = 10;
const BATCH = 500;
const BATCHES_UNDER_WAY = 2;

/** What the hub finds out the outcome of a lost commit by. */
const MARK = `
  insert into commits (id, mark)
  values ($1, $2)
  on conflict (id) do update
  set mark = excluded.mark, at = excluded.at`;

const LOCK = `
  select 1
  from twins
  join unnest($1::text[], $2::text[]) as wanted (device_id, module_id) using (device_id, module_id)
  order by device_id, module_id
  for no key update of twins`;

const MERGE = `
  update twins
  set reported = (reported || patch) - removed,
    reported_metadata = (reported_metadata || stamped) - removed,
    reported_version = reported_version + 1
  from jsonb_to_recordset($1::jsonb) as changed (
    device_id text, module_id text, patch jsonb, stamped jsonb, removed text[], base_version bigint, room_bytes integer
  )
  where twins.device_id = changed.device_id
  and twins.module_id = changed.module_id
  and reported_version = coalesce(base_version, reported_version)
  and octet_length(reported::text) <= room_bytes
  returning twins.device_id, reported_version`;

/** The order of the change feed is that of the commits. */
const FEED_LOCK = `select pg_advisory_xact_lock(hashtextextended('twinhub feed ' || current_schema(), 0))`;

const APPEND = `
  insert into changes (device_id, module_id, at, kind, sections)
  select device_id, module_id, at, kind, sections
  from jsonb_populate_recordset(null::changes, $1::jsonb) with ordinality
  order by ordinality`;

/** A section may have so many bytes before a patch of a few. */
const ROOM_BYTES = 8000;

type Update = { readonly device: BareDevice; readonly rid: string; readonly patch: Record<string, unknown>; readonly at: string };
type Row = { readonly device_id: string; readonly reported_version: string };

const { BENCH_POSTGRES, BENCH_SCHEMA = '', BENCH_DEVICES, BENCH_SECTION = '' } = process.env;
const pool = new pg.Pool({
  connectionString: BENCH_POSTGRES,
  options: `-c search_path=${BENCH_SCHEMA}`,
  max: CONNECTIONS,
  pipeline: true,
});
const marks: { readonly id: string; mark: number }[] = [];
await fill(Number(BENCH_DEVICES));
const report = inBatches(commit);
const RID = '?$rid=';
await listen({
  mqtt: bareMqtt(
    () => undefined,
    ({ topic, payload }, device) => {
      const rid = topic.slice(topic.indexOf(RID) + RID.length);
      report({ device, rid, patch: JSON.parse(payload.toString()) as Record<string, unknown>, at: new Date().toISOString() });
    },
  ),
});

/** What comes in one turn of the event loop comes into one batch, and what waits when a batch is done into the next. */
function inBatches(commitAll: (updates: readonly Update[]) => Promise<void>): (update: Update) => void {
  const queue: Update[] = [];
  const underWay = new Map<ReadonlySet<string>, Promise<void>>();
  let isScheduled = false;
  const sendOne = (): void => {
    const group = queue.splice(0, sizeOfNext(queue));
    const named = new Set(group.map(({ device }) => device.deviceId));
    const before = [...underWay].filter(([others]) => !others.isDisjointFrom(named)).map(([, done]) => done);
    const done = Promise.all(before)
      .then(() => commitAll(group))
      .then(() => {
        underWay.delete(named);
        send();
      });
    underWay.set(named, done);
  };
  const send = (): void => {
    while (queue.length > 0 && underWay.size < BATCHES_UNDER_WAY) sendOne();
  };
  return (update) => {
    queue.push(update);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      send();
    });
  };
}

/** A device's second report comes into another batch than its first. */
function sizeOfNext(queue: readonly Update[]): number {
  const named = new Set<string>();
  const size = queue.findIndex(({ device }) => named.size === BATCH || named.size === named.add(device.deviceId).size);
  return size < 0 ? queue.length : size;
}

/** A statement that follows another one at once is sent with it. */
async function commit(updates: readonly Update[]): Promise<void> {
  const client = await pool.connect();
  const mark = marks.pop() ?? (await newMark(client));
  mark.mark += 1;
  const ids = updates.map(({ device }) => device.deviceId);
  const begun = Promise.all([
    client.query({ name: 'begin', text: 'begin' }),
    client.query({ name: 'mark', text: MARK, values: [mark.id, mark.mark] }),
    ids.length > 1 ? client.query({ name: 'lock', text: LOCK, values: [ids, ids.map(() => '')] }) : undefined,
  ]);
  const merging = client.query<Row>({ name: 'merge', text: MERGE, values: [JSON.stringify(updates.map(mergeOf))] });
  const [{ rows }] = await Promise.all([merging, begun]);
  const changes = updates.map(({ device: { deviceId }, at }) => ({
    device_id: deviceId,
    module_id: '',
    at,
    kind: 'twinUpdated',
    sections: 'reported',
  }));
  await Promise.all([
    client.query({ name: 'feed', text: FEED_LOCK }),
    client.query({ name: 'append', text: APPEND, values: [JSON.stringify(changes)] }),
    client.query({ name: 'commit', text: 'commit' }),
  ]);
  marks.push(mark);
  client.release();
  const versions = new Map(rows.map((row) => [row.device_id, row.reported_version]));
  for (const { device, rid } of updates) {
    const version = versions.get(device.deviceId);
    if (version === undefined) throw new Error(`The twin of ${device.deviceId} was not merged.`);
    const topic = `$iothub/twin/res/204/?$rid=${rid}&$version=${version}`;
    device.send({ cmd: 'publish', topic, payload: '', qos: 0, dup: false, retain: false });
  }
}

function mergeOf({ device, patch, at }: Update): object {
  const stamp = { $lastUpdated: at };
  return {
    device_id: device.deviceId,
    module_id: '',
    patch,
    stamped: { ...Object.fromEntries(Object.keys(patch).map((key) => [key, stamp])), ...stamp },
    removed: [],
    base_version: null,
    room_bytes: ROOM_BYTES,
  };
}

async function newMark(client: pg.PoolClient): Promise<{ readonly id: string; mark: number }> {
  const { rows } = await client.query<{ readonly id: string }>('insert into commits (mark) values (0) returning id');
  return { id: rows[0]?.id ?? '', mark: 0 };
}

async function fill(devices: number): Promise<void> {
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
