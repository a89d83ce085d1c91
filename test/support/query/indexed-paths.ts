// Paths that random conditions and queries often have, for databases with indexes on them.
export const INDEXED_PATHS: readonly string[] = [
  'tags.a',
  'tags.b',
  'tags.c',
  'tags.a.b',
  "tags.[['; drop table twins; --]]",
  'properties.desired.a',
  'properties.reported.a',
  'properties.reported.b',
  'devices.modules.tags.a',
  'devices.modules.tags.b',
  'devices.modules.properties.reported.a',
];
