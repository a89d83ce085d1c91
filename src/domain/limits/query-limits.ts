// Limits of queries.
import { KIB, type Limit } from './limit.ts';

export const QUERY_LIMITS = {
  queryChars: { value: 8192, unit: 'characters', meaning: 'longest query, and longest condition of a job', source: 'behaviour 5.1' },
  queryDepth: { value: 32, unit: 'levels', meaning: 'parentheses, NOT and functions of a query inside each other', source: 'twinhub' },
  queryPathNames: { value: 32, unit: 'names', meaning: 'longest property path in a query', source: 'twinhub: far below any twin' },
  queryListItems: { value: 1000, unit: 'constants', meaning: 'longest list after IN or NIN', source: 'twinhub' },
  queryOperators: { value: 100, unit: 'operators', meaning: 'operators of arithmetic in a query', source: 'twinhub' },
  queryGroupKeys: { value: 8, unit: 'paths', meaning: 'paths after GROUP BY, or after SELECT DISTINCT', source: 'twinhub' },
  querySortTerms: { value: 4, unit: 'terms', meaning: 'terms after ORDER BY', source: 'twinhub' },
  querySortChars: {
    value: 256,
    unit: 'characters',
    meaning: 'how much of a string ORDER BY looks at; what begins alike stands in the order of ids',
    source: 'twinhub: where a page ends has to fit into a header',
  },
  queryCursorBytes: {
    value: 8 * KIB,
    unit: 'bytes',
    meaning: 'values of a group of a query that has several pages',
    source: 'twinhub: where a page ends has to fit into a header',
  },
  queryColumns: { value: 100, unit: 'columns', meaning: 'property paths after SELECT', source: 'twinhub' },
  queryBodyBytes: {
    value: 64 * KIB,
    unit: 'bytes',
    meaning: 'body of a query call',
    source: 'twinhub: the longest query with every character escaped',
  },
  queryPageDefault: { value: 100, unit: 'items', meaning: 'results in one page when the caller does not say', source: 'behaviour 13' },
  queryPageMax: { value: 1000, unit: 'items', meaning: 'results in one page, also when more are asked for', source: 'behaviour 13' },
  queryPageChars: {
    value: 4 * KIB * KIB,
    unit: 'characters',
    meaning: 'JSON of the twins from which a page is made; the page ends with the twin that reaches it',
    source: 'twinhub: a thousand twins of full size would be far more than 100 MB',
  },
  querySearchesAtOnce: {
    value: 2,
    unit: 'searches',
    meaning: 'searches that the store has been given; others wait for their turn',
    source: 'twinhub: a turn of the event loop meets no more pages than these',
  },
  liveQueries: { value: 1000, unit: 'queries', meaning: 'live queries that are open at once', source: 'twinhub' },
  liveQueryDevices: {
    value: 100_000,
    unit: 'devices',
    meaning: 'devices or modules in the result of a live query, which ends with one more',
    source: 'twinhub: their ids are kept in memory',
  },
  liveQueryDevicesInAll: {
    value: 1_000_000,
    unit: 'devices',
    meaning: 'devices or modules in the results of all live queries, each counted for each query that has it',
    source: 'twinhub: about 200 MB',
  },
  liveQueryPageItems: { value: 100, unit: 'items', meaning: 'items of the first result that are read at once', source: 'twinhub' },
  liveQueryChanges: {
    value: 100,
    unit: 'changes',
    meaning: 'changes that live queries are told of at once',
    source: 'twinhub: what liveQueryWaitingBytes holds of the largest twins',
  },
  liveQueryPollSeconds: {
    value: 1,
    unit: 'seconds',
    meaning: 'time until live queries see what another hub on the same store wrote',
    source: 'twinhub',
  },
  liveQueryAliveSeconds: {
    value: 15,
    unit: 'seconds',
    meaning: 'pause between two signs of life of a live query; who takes nothing between two of them, while something waits, is cut off',
    source: 'HTML, section 9.2.7, on proxies that drop silent connections',
  },
  liveQueryWaitingBytes: {
    value: 16 * KIB * KIB,
    unit: 'bytes',
    meaning: 'what waits for the reader of a live query, who is cut off beyond it',
    source: 'twinhub: a page of the first result, every character of three bytes',
  },
  querySeconds: { value: 30, unit: 'seconds', meaning: 'time for one page of a query', source: 'twinhub' },
} satisfies Record<string, Limit>;
