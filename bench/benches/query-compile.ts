// What a query costs that finds next to nothing: its text becomes SQL; and what a page of twins costs beside sending its bytes.
import { randomBytes } from 'node:crypto';
import { parseQuery } from '../../src/domain/query/parser.ts';
import type { DocumentQuery } from '../../src/ports/query-store.ts';
import type { Reader as PostgresReader } from '../../src/stores/postgres/driver.ts';
import { queryTwins as queryPostgres } from '../../src/stores/postgres/query-twins.ts';
import type { Reader as SqliteReader } from '../../src/stores/sqlite/driver.ts';
import { queryTwins as querySqlite } from '../../src/stores/sqlite/query-operations.ts';
import { tokenMaker } from '../load/endpoint.ts';
import { startFloor } from '../load/floor.ts';
import { hubCall, measureQueries } from '../load/query-calls.ts';
import type { TwinFleet } from '../load/twin-fleet.ts';
import type { Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { contest } from '../rounds.ts';

const BENCH = 'query-compile';
const PAGE_SIZE = 100;
/** Compiled between two looks at the clock. */
const BATCH = 100;

export async function benchQueryCompile(lab: Lab): Promise<readonly Measurement[]> {
  const onSqlite = await lab.twinFleet('sqlite');
  const onPostgres = await lab.twinFleet('postgres');
  return [
    ...(await compiling(lab, 'for SQLite', (text) => querySqlite(SQLITE, { ...documentQuery(text), cancelled: NEVER }))),
    ...(await compiling(lab, 'for PostgreSQL', (text) => queryPostgres(POSTGRES, documentQuery(text)))),
    ...(onSqlite ? await pages(lab, onSqlite, 'a page of 100 twins from SQLite') : []),
    ...(onPostgres ? await pages(lab, onPostgres, 'a page of 100 twins from PostgreSQL') : []),
  ];
}

/** Databases that are empty, and take no time: what is left of a search is its statement. */
const SQLITE: SqliteReader = { row: () => undefined, rows: () => [], rowOnce: () => undefined, scan: () => [] };
const POSTGRES: PostgresReader = {
  row: () => Promise.resolve(undefined),
  rows: () => Promise.resolve([]),
  rowsOnce: () => Promise.resolve([]),
};
const NEVER = new Int32Array(new SharedArrayBuffer(4));

function documentQuery(text: string): DocumentQuery {
  const { where: condition, orderBy } = parseQuery(text, { strict: false });
  return { condition, orderBy, after: undefined, limit: PAGE_SIZE };
}

/** No two of them are the same. */
function typicalQuery(index: number): string {
  return `SELECT deviceId, tags.site AS site, properties.reported.firmware FROM devices
    WHERE tags.site = 'site-${index}' AND tags.ring IN [1, 2, 3]
    AND (properties.reported.battery < ${index % 100} OR NOT IS_DEFINED(properties.reported.firmware.version))
    AND STARTSWITH(deviceId, 'device-')`;
}

let compiled = 0;

/** In this process, since no hub is needed for it. */
async function compiling(lab: Lab, variant: string, compile: (text: string) => unknown): Promise<readonly Measurement[]> {
  const run = async (seconds: number): Promise<{ readonly µs: number }> => {
    const before = process.cpuUsage();
    const endsAt = performance.now() + seconds * 1000;
    const first = compiled;
    while (performance.now() < endsAt) for (let count = 0; count < BATCH; count += 1) await compile(typicalQuery((compiled += 1)));
    const { user, system } = process.cpuUsage(before);
    return { µs: (user + system) / (compiled - first) };
  };
  await run(Math.min(1, lab.warmUpSeconds));
  return await contest({
    bench: BENCH,
    variant: `a query compiled ${variant}`,
    rounds: lab.rounds,
    hub: async () => ({ 'CPU µs': (await run(Math.min(1, lab.seconds))).µs }),
    against: {},
    targets: { 'CPU µs': [{ kind: 'hubAtMost', value: 50 }] },
  });
}

async function pages(lab: Lab, { devices, ...fleet }: TwinFleet, variant: string): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub(fleet.hub);
  const key = randomBytes(32).toString('base64');
  const env = { ...fleet.floor, BENCH_KEY: key };
  await using floor = await startFloor({ program: 'query.ts', folder: hub.folder, caPem: hub.endpoint.caPem, env });
  const ofHub = { process: hub.process, endpoint: hub.endpoint, token: hub.serviceToken };
  const ofFloor = { process: floor.process, endpoint: floor.endpoint, token: tokenMaker({ resource: 'localhost', key }) };
  const items = Math.min(PAGE_SIZE, devices);
  const hubCalls = [hubCall('SELECT * FROM devices', { pageSize: PAGE_SIZE, items })];
  const floorCalls = [{ path: '/first', body: '[""]', items }];
  await measureQueries(ofHub, hubCalls, lab.warmUpSeconds);
  await measureQueries(ofFloor, floorCalls, lab.warmUpSeconds);
  // Awaited here: hub and floor end with this block.
  return await contest({
    bench: BENCH,
    variant,
    rounds: lab.rounds,
    hub: () => measureQueries(ofHub, hubCalls, lab.seconds),
    against: { floor: () => measureQueries(ofFloor, floorCalls, lab.seconds) },
    targets: { 'CPU ms': [{ kind: 'atMost', value: 1.5 }], ms: [{ kind: 'none' }] },
  });
}
