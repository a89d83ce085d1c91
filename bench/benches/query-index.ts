// Queries that an index answers, and those that name their devices.
import { randomBytes } from 'node:crypto';
import { deviceIdOf } from '../load/device-ids.ts';
import { tokenMaker } from '../load/endpoint.ts';
import { startFloor } from '../load/floor.ts';
import { hubCall, measureQueries, type QueryCall, runOnce } from '../load/query-calls.ts';
import { PATHS, REGIONS, site, sites } from '../load/twin-content.ts';
import type { StoreName, TwinFleet } from '../load/twin-fleet.ts';
import { createIndex, dropIndex } from '../load/twin-indexes.ts';
import type { Lab } from '../lab.ts';
import type { Measurement, Target } from '../measurement.ts';
import { contest } from '../rounds.ts';

const PAGE_SIZE = 100;
/** Queries of a kind, in turn, no two of which have a result in common. */
const DIFFERENT = 100;
/** What a page may take; on PostgreSQL also so much of SQL by hand, which alone takes longer where few processors are shared with the server. */
const PAGE_MS = 5;
const OF_SQL_BY_HAND = 1.25;
/** Devices that a query names. */
const NAMED = 10;

const BENCHES: Readonly<Record<StoreName, string>> = { sqlite: 'query-index', postgres: 'query-index-postgres' };

export async function benchQueryIndexes(lab: Lab, store: StoreName): Promise<readonly Measurement[]> {
  const fleet = await lab.twinFleet(store);
  if (!fleet) return [];
  await using hub = await lab.startHub(fleet.hub);
  const paths = [PATHS.site, PATHS.region];
  for (const path of paths) await createIndex(hub, path);
  const key = randomBytes(32).toString('base64');
  const env = { ...fleet.floor, BENCH_KEY: key };
  await using floor = await startFloor({ program: 'query.ts', folder: hub.folder, caPem: hub.endpoint.caPem, env });
  const ofHub = { process: hub.process, endpoint: hub.endpoint, token: hub.serviceToken };
  const ofFloor = { process: floor.process, endpoint: floor.endpoint, token: tokenMaker({ resource: 'localhost', key }) };
  const measurements: Measurement[] = [];
  for (const { variant, calls, byHand, targets } of questionsTo(fleet)) {
    await runOnce(ofHub, calls);
    await runOnce(ofFloor, byHand);
    measurements.push(
      ...(await contest({
        bench: BENCHES[store],
        variant,
        rounds: lab.rounds,
        hub: () => measureQueries(ofHub, calls, lab.seconds),
        against: { 'SQL by hand': () => measureQueries(ofFloor, byHand, lab.seconds) },
        // PostgreSQL works in processes of its own.
        targets: { ms: targets, ...(store === 'sqlite' && { 'CPU ms': [{ kind: 'none' }] }) },
      })),
    );
  }
  // The next bench finds the fleet as it was.
  for (const path of paths) await dropIndex(hub, path);
  return measurements;
}

type Question = {
  readonly variant: string;
  readonly calls: readonly QueryCall[];
  readonly byHand: readonly QueryCall[];
  readonly targets: readonly Target[];
};

function questionsTo({ store, devices }: TwinFleet): readonly Question[] {
  const ofSite = Math.min(PAGE_SIZE, Math.floor(devices / sites(devices)));
  const wanted = Array.from({ length: Math.min(DIFFERENT, sites(devices)) }, (_, index) => site(index));
  const named = Array.from({ length: DIFFERENT }, (_, index) => idsFrom((index * devices) / DIFFERENT, devices));
  const regions = Math.min(REGIONS, devices);
  return [
    {
      variant: 'equality, a page of 100 twins',
      calls: wanted.map((each) => hubCall(`SELECT * FROM devices WHERE ${PATHS.site} = '${each}'`, { pageSize: PAGE_SIZE, items: ofSite })),
      byHand: wanted.map((each) => ({ path: '/siteByIndex', body: JSON.stringify([each]), items: ofSite })),
      targets: [
        { kind: 'hubAtMost', value: PAGE_MS, ...(store === 'postgres' && { orOfFloor: OF_SQL_BY_HAND }) },
        { kind: 'atMost', value: 1.5 },
      ],
    },
    {
      variant: 'count by group',
      calls: [
        hubCall(`SELECT ${PATHS.region} AS region, COUNT() AS devices FROM devices GROUP BY ${PATHS.region}`, {
          pageSize: PAGE_SIZE,
          items: regions,
        }),
      ],
      byHand: [{ path: '/regionsByIndex', body: '[]', items: regions }],
      targets: [{ kind: 'atMost', value: 1.3 }],
    },
    {
      variant: `lookup of ${NAMED} devices by their ids`,
      calls: named.map((ids) =>
        hubCall(`SELECT * FROM devices WHERE deviceId IN ['${ids.join("', '")}']`, { pageSize: PAGE_SIZE, items: ids.length }),
      ),
      byHand: named.map((ids) => ({ path: '/ids', body: JSON.stringify([JSON.stringify(ids)]), items: ids.length })),
      targets: [{ kind: 'hubAtMost', value: 2 }],
    },
  ];
}

function idsFrom(start: number, devices: number): readonly string[] {
  const first = Math.floor(start);
  return Array.from({ length: Math.min(NAMED, devices - first) }, (_, index) => deviceIdOf(first + index));
}
