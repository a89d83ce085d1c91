// The memory of a hub in whose store very many devices are registered, of which none is connected, beside that of an empty hub.
import { setTimeout as pause } from 'node:timers/promises';
import { hubCall, runOnce } from '../load/query-calls.ts';
import type { HubOptions } from '../load/hub.ts';
import { REGIONS, site, sites } from '../load/twin-content.ts';
import type { StoreName } from '../load/twin-fleet.ts';
import type { Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';

const SETTLE_MS = 3000;
const MIB = 1024 * 1024;
const PAGE_SIZE = 100;
/** Sites that are asked for, one after the other. */
const SITES = 20;

const STORES: readonly (readonly [store: StoreName, name: string])[] = [
  ['sqlite', 'SQLite'],
  ['postgres', 'PostgreSQL'],
];

export async function benchRegisteredFleet(lab: Lab): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const [store, name] of STORES) {
    const fleet = await lab.twinFleet(store);
    if (!fleet) continue;
    const queries = queriesOver(fleet.devices);
    measurements.push(
      ...(await contest({
        bench: 'registered-fleet',
        variant: `${fleet.devices.toLocaleString('en')} devices on ${name}`,
        rounds: lab.longRounds,
        hub: () => memoryOf(lab, fleet.hub, queries),
        against: { 'empty hub': () => memoryOf(lab, fleet.emptyHub, []) },
        targets: { 'MiB idle': [{ kind: 'floorPlus', value: 100 }], 'MiB after queries over all of them': [{ kind: 'none' }] },
      })),
    );
  }
  return measurements;
}

type Query = { readonly text: string; readonly items: number };

/** Groups that need a look at every twin, and pages. */
function queriesOver(devices: number): readonly Query[] {
  const groups = {
    text: 'SELECT tags.region AS region, COUNT() AS devices FROM devices GROUP BY tags.region',
    items: Math.min(REGIONS, devices),
  };
  const items = Math.min(PAGE_SIZE, Math.floor(devices / sites(devices)));
  const ofSites = Array.from({ length: Math.min(SITES, sites(devices)) }, (_, index) => ({
    text: `SELECT * FROM devices WHERE tags.site = '${site(index)}'`,
    items,
  }));
  return [groups, ...ofSites];
}

async function memoryOf(lab: Lab, options: Pick<HubOptions, 'folder' | 'store'>, queries: readonly Query[]): Promise<Readings> {
  await using hub = await lab.startHub(options);
  await pause(SETTLE_MS);
  const idle = { 'MiB idle': hub.process.residentBytes() / MIB };
  if (queries.length === 0) return idle;
  const side = { process: hub.process, endpoint: hub.endpoint, token: hub.serviceToken };
  await runOnce(
    side,
    queries.map(({ text, items }) => hubCall(text, { pageSize: PAGE_SIZE, items })),
  );
  await pause(SETTLE_MS);
  return { ...idle, 'MiB after queries over all of them': hub.process.residentBytes() / MIB };
}
