// What the twins of a large fleet hold: 1 to 1.5 KB each with their metadata, and values of which some are the device's own.
import type { OwnValues } from './filled-store.ts';

/** Devices of one site, which is a page and more. */
const SITE_DEVICES = 1000;
/** Devices with one slot, which fit into a page. */
export const SLOT_DEVICES = 20;
export const REGIONS = 8;

export const PATHS = {
  site: 'tags.site',
  region: 'tags.region',
  asset: 'tags.asset',
  slot: 'properties.reported.slot',
  temperature: 'properties.reported.temperature',
} as const;

/** Tags of the first device. */
export const TAGS = { site: site(0), region: region(0), asset: asset(0), model: 'TX-200', ring: 3 } as const;

export const DESIRED = {
  firmware: { version: '2.1.0', url: 'https://updates.example.com/tx-200/2.1.0.bin' },
  config: { intervalSeconds: 30, mode: 'automatic' },
} as const;

/** What the first device reports. */
export const REPORTED = {
  slot: slot(0),
  temperature: 21.5,
  battery: 87,
  signal: -61,
  firmware: { version: '2.1.0', status: 'current' },
} as const;

export function site(index: number): string {
  return `site-${String(index).padStart(4, '0')}`;
}

export function slot(index: number): string {
  return `slot-${String(index).padStart(6, '0')}`;
}

export function sites(devices: number): number {
  return Math.ceil(devices / SITE_DEVICES);
}

function slots(devices: number): number {
  return Math.ceil(devices / SLOT_DEVICES);
}

/** Tags and reported properties of each device, as SQL of SQLite. */
export function ownValuesInSqlite(devices: number): OwnValues {
  return {
    tags: `jsonb_set(seed.tags, '$.site', printf('site-%04d', number % ${sites(devices)}), '$.region', printf('region-%d', number % ${REGIONS}),
      '$.asset', printf('asset-%07d', number))`,
    reported: `jsonb_set(seed.reported, '$.slot', printf('slot-%06d', number % ${slots(devices)}), '$.temperature', number % 1000 / 10.0)`,
  };
}

/** The same as SQL of PostgreSQL. */
export function ownValuesInPostgres(devices: number): OwnValues {
  return {
    tags: `seed.tags || jsonb_build_object('site', 'site-' || lpad((number % ${sites(devices)})::text, 4, '0'),
      'region', 'region-' || (number % ${REGIONS}), 'asset', 'asset-' || lpad(number::text, 7, '0'))`,
    reported: `seed.reported || jsonb_build_object('slot', 'slot-' || lpad((number % ${slots(devices)})::text, 6, '0'),
      'temperature', (number % 1000 / 10.0)::double precision)`,
  };
}

function region(index: number): string {
  return `region-${index}`;
}

export function asset(index: number): string {
  return `asset-${String(index).padStart(7, '0')}`;
}
