// Schema version 7: indexes on paths of twins.

/**
 * The entries of an index are in a table of its own, `twin_index_<index_id>`, which triggers keep right; see twin-index-tables.ts. Who makes the table of
 * twins anew has to make these triggers anew. An index that is built has taken up the twins up to `built_device` and `built_module`. A dropped one stays
 * until its entries are gone, which searches that began before may still read.
 */
export const twinIndexes = {
  version: 7,
  script: `
    create table twin_indexes (
      index_id integer primary key autoincrement,
      collection text not null check (collection in ('devices', 'devices.modules')),
      path text not null,
      state text not null check (state in ('building', 'ready', 'dropped')),
      created_time text not null,
      made_by text not null check (made_by in ('person', 'hub')),
      dropped_time text,
      built_device text not null,
      built_module text not null,
      built_twins integer not null,
      built_entries integer not null,
      built_seconds real not null
    ) strict;

    create unique index twin_indexes_by_place
    on twin_indexes (collection, path)
    where state <> 'dropped';
  `,
};
