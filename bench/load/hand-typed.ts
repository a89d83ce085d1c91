// The queries that are measured, and the same as SQL typed by hand by one who knows the tables and what is in them.
import { RANKS } from '../../src/domain/query/value-order.ts';
import { DEVICE_COLUMNS } from '../../src/stores/sql/device-row.ts';
import type { StoreName } from './twin-fleet.ts';

/**
 * `asTwins`: whole documents; otherwise the columns as they are. Values are `?` on SQLite, `$1` on PostgreSQL. `index`: the names of a path; `TABLE` in the SQL is the table with the
 * entries of its index.
 */
export type HandTyped = {
  readonly asTwins: boolean;
  readonly index?: readonly string[];
  readonly sql: Readonly<Record<StoreName, string>>;
};

/** SQL that finds the number of an index in the same way as values are given to the others: by its path, as JSON. */
export const FIND_INDEX: Readonly<Record<StoreName, string>> = {
  sqlite: `select index_id as number from twin_indexes where collection = 'devices' and state = 'ready' and path = ?`,
  postgres: `select index_id as number from twin_indexes where collection = 'devices' and state = 'ready' and path = $1`,
};

/** @param number what `FIND_INDEX` found. */
export function withIndex(sql: string, number: string | number | null | undefined): string {
  return sql.replaceAll('TABLE', `twin_index_${Number(number)}`);
}

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
  siteByIndex: {
    asTwins: true,
    index: ['tags', 'site'],
    sql: {
      sqlite: `${DOCUMENTS.sqlite}
        join TABLE as entries using (device_id, module_id)
        where entries.rank = ${RANKS.string}
        and entries.value = ?
        order by entries.device_id
        limit ${PAGE_LIMIT}`,
      postgres: `${DOCUMENTS.postgres}
        join TABLE as entries using (device_id, module_id)
        where entries.rank = ${RANKS.string}
        and entries.number = 0
        and entries.text = $1
        order by entries.device_id
        limit ${PAGE_LIMIT}`,
    },
  },
  regionsByIndex: {
    asTwins: false,
    index: ['tags', 'region'],
    sql: {
      sqlite: `select value as region, count(*) as devices
        from TABLE
        group by rank, value
        order by rank, value`,
      postgres: `select text as region, count(*) as devices
        from TABLE
        group by rank, number, text
        order by rank, number, text`,
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
