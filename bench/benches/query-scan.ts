// Queries that look at every twin, since no index helps: alone, and beside reported updates.
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAll } from '../load/device.ts';
import { deviceIds } from '../load/device-ids.ts';
import { tokenMaker } from '../load/endpoint.ts';
import { startFloor } from '../load/floor.ts';
import { runFlow } from '../load/flow.ts';
import { offerAtRate, type RatedLoad } from '../load/offered-load.ts';
import { peakWhile } from '../load/peak-memory.ts';
import { hubCall, measureQueries, type QueryCall, type QuerySide, runOnce } from '../load/query-calls.ts';
import { reporterOf } from '../load/reports.ts';
import { PATHS, REGIONS, slot, SLOT_DEVICES } from '../load/twin-content.ts';
import type { StoreName, TwinFleet } from '../load/twin-fleet.ts';
import { closeAll, type Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';

const REPORTING = 1000;
const PAGE_SIZE = 100;
/** Whatever the rounds of other benches take: copies of the log into the file and pauses of the disk then are in the updates with and without the scan. */
const BESIDE_SECONDS = 15;
const MIB = 1024 * 1024;
/** Far above what the log is cut to after a burst, 62.5 MiB, and far below a disk. */
const WAL_MIB = 1024;

const BENCHES: Readonly<Record<StoreName, string>> = { sqlite: 'query-scan', postgres: 'query-scan-postgres' };

export async function benchQueryScans(lab: Lab, store: StoreName): Promise<readonly Measurement[]> {
  const fleet = await lab.twinFleet(store);
  if (!fleet) return [];
  return [...(await scansAlone(lab, fleet)), ...(await scansBesideReports(lab, fleet))];
}

type Scan = { readonly variant: string; readonly ofHub: QueryCall; readonly ofFloor: QueryCall };

function scansOver(devices: number): readonly Scan[] {
  const ofSlot = Math.min(SLOT_DEVICES, devices);
  const wanted = slot(0);
  const regions = Math.min(REGIONS, devices);
  const groups = `SELECT ${PATHS.region} AS region, COUNT() AS devices FROM devices GROUP BY ${PATHS.region}`;
  return [
    {
      variant: 'one equality',
      ofHub: hubCall(`SELECT deviceId FROM devices WHERE ${PATHS.slot} = '${wanted}'`, { pageSize: PAGE_SIZE, items: ofSlot }),
      ofFloor: { path: '/slot', body: JSON.stringify([wanted]), items: ofSlot },
    },
    {
      variant: 'count by group',
      ofHub: hubCall(groups, { pageSize: PAGE_SIZE, items: regions }),
      ofFloor: { path: '/regions', body: '[]', items: regions },
    },
  ];
}

async function scansAlone(lab: Lab, { store, devices, ...fleet }: TwinFleet): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub(fleet.hub);
  const key = randomBytes(32).toString('base64');
  const env = { ...fleet.floor, BENCH_KEY: key };
  await using floor = await startFloor({ program: 'query.ts', folder: hub.folder, caPem: hub.endpoint.caPem, env });
  const ofHub = { process: hub.process, endpoint: hub.endpoint, token: hub.serviceToken };
  const ofFloor = { process: floor.process, endpoint: floor.endpoint, token: tokenMaker({ resource: 'localhost', key }) };
  const measurements: Measurement[] = [];
  for (const scan of scansOver(devices)) {
    await runOnce(ofHub, [scan.ofHub]);
    await runOnce(ofFloor, [scan.ofFloor]);
    measurements.push(
      ...(await contest({
        bench: BENCHES[store],
        variant: `${scan.variant}, ${devices.toLocaleString('en')} devices`,
        rounds: lab.longRounds,
        hub: () => measureQueries(ofHub, [scan.ofHub], lab.seconds),
        against: { 'SQL by hand': () => measureQueries(ofFloor, [scan.ofFloor], lab.seconds) },
        // PostgreSQL works in processes of its own.
        targets: { ms: [{ kind: 'atMost', value: 1.3 }], ...(store === 'sqlite' && { 'CPU ms': [{ kind: 'none' }] }) },
      })),
    );
  }
  return measurements;
}

async function scansBesideReports(lab: Lab, { store, devices, ...fleet }: TwinFleet): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub(fleet.hub);
  const reporting = await connectAll(hub.endpoint, deviceIds(Math.min(REPORTING, devices)), hub.deviceToken);
  using connected = closeAll(reporting);
  void connected;
  const operation = reporterOf(reporting);
  await runFlow({ concurrency: REPORTING, seconds: lab.warmUpSeconds, operation });
  const most = await runFlow({ concurrency: REPORTING, seconds: lab.seconds, operation });
  const perSecond = most.operations / most.seconds / 2;
  const load = { perSecond, operation };
  lab.say(`Reported updates are offered at ${Math.round(perSecond)} a second, half of the most.`);
  const key = randomBytes(32).toString('base64');
  const env = { ...fleet.floor, BENCH_KEY: key, BENCH_GIVES_WAY: 'yes' };
  await using floor = await startFloor({ program: 'query.ts', folder: hub.folder, caPem: hub.endpoint.caPem, env });
  const ofFloor = { process: floor.process, endpoint: floor.endpoint, token: tokenMaker({ resource: 'localhost', key }) };
  const ofHub = { process: hub.process, endpoint: hub.endpoint, token: hub.serviceToken };
  const [scan] = scansOver(devices);
  if (!scan) return [];
  // Awaited here: the hub ends with this block.
  return await contest({
    bench: BENCHES[store],
    variant: 'beside reported updates',
    rounds: lab.longRounds,
    async hub() {
      const reading = readBeside({ load, side: ofHub, scan: scan.ofHub });
      const wal = await peakWhile(() => walBytes(hub.databasePath), reading);
      return { ...(await reading), 'MiB of WAL at the most': wal / MIB };
    },
    against: {
      // What anybody's scan of so many twins does to the updates on this machine.
      'SQL by hand': () => readBeside({ load, side: ofFloor, scan: scan.ofFloor }),
      async 'without the scan'() {
        const { heldPercent, p99Ms } = await offerAtRate(load, pause(BESIDE_SECONDS * 1000));
        return { 'p99 ms of an update': p99Ms, '% of the offered rate': heldPercent };
      },
    },
    targets: {
      '% of the offered rate': [{ kind: 'hubAtLeast', value: 98 }],
      // What a scan does to updates on this machine is for SQL by hand to say (decision 44).
      'p99 ms of an update': [{ kind: 'byName', of: { 'SQL by hand': { kind: 'atMost', value: 3 } } }],
      ...(store === 'sqlite' && { 'MiB of WAL at the most': [{ kind: 'hubAtMost', value: WAL_MIB }] }),
      'ms of a scan': [{ kind: 'none' }],
    },
  });
}

type Beside = { readonly load: RatedLoad; readonly side: QuerySide; readonly scan: QueryCall };

/** Scans follow one another without a pause. */
async function readBeside({ load, side, scan }: Beside): Promise<Readings> {
  const scanning = measureQueries(side, [scan], BESIDE_SECONDS);
  const { heldPercent, p99Ms } = await offerAtRate(load, scanning);
  const { ms = Number.NaN } = await scanning;
  return { '% of the offered rate': heldPercent, 'p99 ms of an update': p99Ms, 'ms of a scan': ms };
}

/** 0 where the store is no file. */
function walBytes(databasePath: string): number {
  return statSync(`${databasePath}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
