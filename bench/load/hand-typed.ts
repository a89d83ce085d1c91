// The queries that are measured, and the same as SQL typed by hand by one who knows the tables and what is in them.
import { DEVICE_COLUMNS } from '../../src/stores/sql/device-row.ts';
import type { StoreName } from './twin-fleet.ts';

/** `asTwins`: whole documents; otherwise the columns as they are. Values are `?` on SQLite, `$1` on PostgreSQL. */
export type HandTyped = { readonly asTwins: boolean; readonly sql: Readonly<Record<StoreName, string>> };

/** A page, and one more that proves whether another follows. */
const PAGE_LIMIT = 101;

const SECTIONS = ['tags', 'desired', 'desired_metadata', 'reported', 'reported_metadata'];
const IDENTITY = DEVICE_COLUMNS.split(',').map((column) => `devices.${column.trim()}`);
const TWIN = ['etag_counter', 'version', 'desired_version', 'reported_version'].map((column) => `twins.${column}`);

const DOCUMENTS: Readonly<Record<StoreName, string>> = {
  sqlite: `select ${[...IDENTITY, ...TWIN, ...SECTIONS.map((name) => `json(twins.${name}) as ${name}`)].join(', ')}
    from twins
    join devices using (device_id)`,
  postgres: `select ${[...IDENTITY, ...TWIN, ...SECTIONS.map((name) => `twins.${name}`)].join(', ')}
    from twins
    join devices using (device_id)`,
};

export const HAND_TYPED = {
  slot: {
    asTwins: false,
    sql: {
      sqlite: `select device_id as deviceId
        from twins
        where module_id = ''
        and reported ->> '$.slot' = ?
        order by device_id
        limit ${PAGE_LIMIT}`,
      postgres: `select device_id as "deviceId"
        from twins
        where module_id = ''
        and reported ->> 'slot' = $1
        order by device_id
        limit ${PAGE_LIMIT}`,
    },
  },
  regions: {
    asTwins: false,
    sql: {
      sqlite: `select tags ->> '$.region' as region, count(*) as devices
        from twins
        where module_id = ''
        group by tags ->> '$.region'
        order by tags ->> '$.region'`,
      postgres: `select tags ->> 'region' as region, count(*) as devices
        from twins
        where module_id = ''
        group by tags ->> 'region'
        order by tags ->> 'region'`,
    },
  },
  site: {
    asTwins: true,
    sql: {
      sqlite: `${DOCUMENTS.sqlite}
        where module_id = ''
        and tags ->> '$.site' = ?
        order by device_id
        limit ${PAGE_LIMIT}`,
      postgres: `${DOCUMENTS.postgres}
        where module_id = ''
        and tags ->> 'site' = $1
        order by device_id
        limit ${PAGE_LIMIT}`,
    },
  },
  ids: {
    asTwins: true,
    sql: {
      sqlite: `${DOCUMENTS.sqlite}
        where module_id = ''
        and device_id in (select value from json_each(?))
        order by device_id`,
      postgres: `${DOCUMENTS.postgres}
        where module_id = ''
        and device_id = any ((select array_agg(value) from jsonb_array_elements_text($1::jsonb))::text[])
        order by device_id`,
    },
  },
  first: {
    asTwins: true,
    sql: {
      sqlite: `${DOCUMENTS.sqlite}
        where module_id = ''
        and device_id > ?
        order by device_id
        limit ${PAGE_LIMIT}`,
      postgres: `${DOCUMENTS.postgres}
        where module_id = ''
        and device_id > $1
        order by device_id
        limit ${PAGE_LIMIT}`,
    },
  },
} as const satisfies Readonly<Record<string, HandTyped>>;
