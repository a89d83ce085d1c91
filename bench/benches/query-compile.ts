// What a query costs that finds next to nothing: its text becomes SQL; and what a page of twins costs beside sending its bytes.
import { randomBytes } from 'node:crypto';
import { parseQuery } from '../../src/domain/query/parser.ts';
import { Bindings } from '../../src/stores/postgres/query-bindings.ts';
import { conditionIn } from '../../src/stores/postgres/query-compiler.ts';
import { operandOfTwinPath } from '../../src/stores/postgres/query-operand.ts';
import { compileCondition } from '../../src/stores/sqlite/query-compiler.ts';
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
    ...(await compiling(lab, 'for SQLite', (text) => compileCondition(parseQuery(text, { strict: false }).where))),
    ...(await compiling(lab, 'for PostgreSQL', (text) =>
      conditionIn(parseQuery(text, { strict: false }).where, new Bindings(), operandOfTwinPath),
    )),
    ...(onSqlite ? await pages(lab, onSqlite, 'a page of 100 twins from SQLite') : []),
    ...(onPostgres ? await pages(lab, onPostgres, 'a page of 100 twins from PostgreSQL') : []),
  ];
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
function compiling(lab: Lab, variant: string, compile: (text: string) => unknown): Promise<readonly Measurement[]> {
  const run = (seconds: number): { readonly µs: number } => {
    const before = process.cpuUsage();
    const endsAt = performance.now() + seconds * 1000;
    const first = compiled;
    while (performance.now() < endsAt) for (let count = 0; count < BATCH; count += 1) compile(typicalQuery((compiled += 1)));
    const { user, system } = process.cpuUsage(before);
    return { µs: (user + system) / (compiled - first) };
  };
  run(Math.min(1, lab.warmUpSeconds));
  return contest({
    bench: BENCH,
    variant: `a query compiled ${variant}`,
    rounds: lab.rounds,
    hub: () => Promise.resolve({ 'CPU µs': run(Math.min(1, lab.seconds)).µs }),
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
