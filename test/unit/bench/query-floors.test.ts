// SQL typed by hand, which queries are measured against, finds what the hub finds, in twins of the size that the benches promise.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { documentOf, type Row } from '../../../bench/floors/twin-document.ts';
import { deviceIdOf } from '../../../bench/load/device-ids.ts';
import { copyFirstDevice } from '../../../bench/load/filled-store.ts';
import { FIND_INDEX, HAND_TYPED, type HandTyped, withIndex } from '../../../bench/load/hand-typed.ts';
import { copyFirstDeviceInPostgres } from '../../../bench/load/postgres.ts';
import {
  asset,
  DESIRED,
  ownValuesInPostgres,
  ownValuesInSqlite,
  PATHS,
  REPORTED,
  site,
  sites,
  slot,
  TAGS,
} from '../../../bench/load/twin-content.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { parseIndexPlace } from '../../../src/domain/query/index/twin-index.ts';
import { parseQuery } from '../../../src/domain/query/parser.ts';
import { serviceTwinDocument } from '../../../src/domain/twin/twin-document.ts';
import type { Stores } from '../../../src/ports/stores.ts';
import type { PostgresPlace } from '../../../src/stores/postgres/driver.ts';
import { openPostgresStore } from '../../../src/stores/postgres/open-postgres-store.ts';
import { openSqliteStore } from '../../../src/stores/sqlite/open-sqlite-store.ts';
import { SOMEONE } from '../../support/actors.ts';
import { systemClock } from '../../../src/system/system-clock.ts';
import { NO_POSTGRES, sharePostgres } from '../../support/postgres.ts';
import { NOON, put, report, write } from '../../support/store-builders.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const DEVICES = 2030;

type ByHand = (statement: HandTyped, ...values: readonly string[]) => Promise<readonly Row[]>;
type Fleet = { readonly stores: Stores; readonly byHand: ByHand };

describe('a fleet on SQLite', () => {
  itIsAsMeasured(async () => {
    const path = join(temporaryFolder(), 'twinhub.db');
    await seed(await openSqliteStore({ path, durability: 'none' }));
    copyFirstDevice(path, DEVICES, ownValuesInSqlite(DEVICES));
    const database = new Database(path, { readonly: true });
    onTestFinished(() => void database.close());
    return {
      stores: await openSqliteStore({ path, durability: 'none' }),
      byHand({ sql, index }, ...values) {
        const found = index && (database.prepare(FIND_INDEX.sqlite).get(JSON.stringify(index)) as Row | undefined);
        return Promise.resolve(database.prepare(withIndex(sql.sqlite, found?.['number'])).all(...values) as readonly Row[]);
      },
    };
  });
});

describe.skipIf(NO_POSTGRES)('a fleet on PostgreSQL', () => {
  const freshPlace = sharePostgres();

  itIsAsMeasured(async () => {
    const place: PostgresPlace = freshPlace();
    await seed(await openPostgresStore(place, systemClock));
    await copyFirstDeviceInPostgres(place, DEVICES, ownValuesInPostgres(DEVICES));
    const types = { getTypeParser: () => (text: string) => text };
    const client = new pg.Client({ connectionString: place.url, options: `-c search_path=${place.schema}`, types });
    await client.connect();
    onTestFinished(() => client.end());
    return {
      stores: await openPostgresStore(place, systemClock),
      async byHand({ sql, index }, ...values) {
        const found = index && (await client.query<Row>(FIND_INDEX.postgres, [JSON.stringify(index)])).rows[0];
        return (await client.query<Row>(withIndex(sql.postgres, found?.['number']), [...values])).rows;
      },
    };
  });
});

function itIsAsMeasured(fill: () => Promise<Fleet>): void {
  it('has twins of 1 to 1.5 KB, each with values of its own', async () => {
    const { stores } = await opened(fill);

    const first = await documentOfDevice(stores, deviceIdOf(0));
    const last = await documentOfDevice(stores, deviceIdOf(DEVICES - 1));

    for (const document of [first, last]) expect(sectionsLength(document)).toBeGreaterThanOrEqual(1000);
    for (const document of [first, last]) expect(sectionsLength(document)).toBeLessThanOrEqual(1500);
    expect(last).toMatchObject({
      tags: { ...TAGS, site: site(2029 % sites(DEVICES)), region: 'region-5', asset: asset(2029) },
      properties: { desired: DESIRED, reported: { ...REPORTED, slot: slot(2029 % 102), temperature: 2.9 } },
    });
  });

  it('gives SQL that was typed by hand what it gives the hub', async () => {
    const { stores, byHand } = await opened(fill);

    const ofSlot = await byHand(HAND_TYPED.slot, slot(3));
    const regions = await byHand(HAND_TYPED.regions);
    const ofSite = await byHand(HAND_TYPED.site, site(1));
    const byIds = await byHand(HAND_TYPED.ids, JSON.stringify([deviceIdOf(7), deviceIdOf(3)]));
    const page = await byHand(HAND_TYPED.first, '');

    const idsOf = (rows: readonly Row[], column = 'device_id'): readonly unknown[] => rows.map((row) => row[column]);
    expect(ofSlot).toHaveLength(20);
    expect(idsOf(ofSlot, 'deviceId')).toEqual(await findIds(stores, `${PATHS.slot} = '${slot(3)}'`));
    expect(ofSite).toHaveLength(101);
    expect(idsOf(ofSite)).toEqual(await findIds(stores, `${PATHS.site} = '${site(1)}'`));
    expect(idsOf(byIds)).toEqual(await findIds(stores, `deviceId IN ['${deviceIdOf(7)}', '${deviceIdOf(3)}']`));
    expect(idsOf(page)).toEqual(await findIds(stores, ''));
    expect(regions.map(({ region, devices }) => ({ region, devices: Number(devices) }))).toEqual(await countRegions(stores));
  });

  it('gives SQL that was typed by hand the same through indexes', async () => {
    const { stores, byHand } = await opened(fill);
    for (const path of [PATHS.site, PATHS.region]) {
      await stores.indexes.createIndex({ place: parseIndexPlace(path), at: NOON, by: SOMEONE, madeBy: 'person' });
    }
    let isMore = true;
    while (isMore) isMore = await stores.indexes.buildIndexes(1000);

    const ofSite = await byHand(HAND_TYPED.siteByIndex, site(1));
    const regions = await byHand(HAND_TYPED.regionsByIndex);

    expect(ofSite).toEqual(await byHand(HAND_TYPED.site, site(1)));
    expect(regions).toEqual(await byHand(HAND_TYPED.regions));
  });

  it('has documents in the floor as in the hub, but for what no table says', async () => {
    const { stores, byHand } = await opened(fill);
    const [row = {}] = await byHand(HAND_TYPED.ids, JSON.stringify([deviceIdOf(7)]));

    const document = JSON.parse(documentOf(row, row)) as JsonObject;

    const ofHub = await documentOfDevice(stores, deviceIdOf(7));
    expect({ ...document, etag: ofHub['etag'] }).toEqual(ofHub);
  });
}

async function opened(fill: () => Promise<Fleet>): Promise<Fleet> {
  const fleet = await fill();
  onTestFinished(() => fleet.stores.close());
  return fleet;
}

async function seed(stores: Stores): Promise<void> {
  const id = deviceIdOf(0);
  await stores.devices.writeDevices([put(id)]);
  await stores.twins.applyTwinChanges([write(id, { tags: { ...TAGS }, desired: { ...DESIRED } }), report(id, { ...REPORTED })]);
  await stores.close();
}

async function documentOfDevice(stores: Stores, deviceId: string): Promise<JsonObject> {
  const found = await stores.twins.readTwin({ deviceId });
  return found ? serviceTwinDocument(found.identity, found.twin) : {};
}

/** What people call the size of a twin: its tags and properties with their metadata. */
function sectionsLength({ tags, properties }: JsonObject): number {
  return JSON.stringify({ tags, properties }).length;
}

/** Of a page and one more. */
async function findIds(stores: Stores, condition: string): Promise<readonly string[]> {
  const { where } = parseQuery(`SELECT * FROM devices ${condition === '' ? '' : `WHERE ${condition}`}`, { strict: true });
  const search = { condition: where, orderBy: [], after: undefined, limit: 101 };
  const { twins } = await stores.queries.queryTwins(search, new AbortController().signal);
  return twins.map(({ twin }) => twin.deviceId);
}

async function countRegions(stores: Stores): Promise<readonly JsonObject[]> {
  const text = `SELECT ${PATHS.region} AS region, COUNT() AS devices FROM devices GROUP BY ${PATHS.region}`;
  const { from, where: condition, select, groupBy, orderBy } = parseQuery(text, { strict: true });
  if (select === 'all' || !groupBy) throw new Error('The query groups');
  const search = { from, condition, groupBy, columns: select, orderBy, after: undefined, limit: 100 };
  const { rows } = await stores.queries.queryGroups(search, new AbortController().signal);
  return rows;
}
