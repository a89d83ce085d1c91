// The port of queries on PostgreSQL.
import type { QueryStore } from '../../ports/query-store.ts';
import { queryDeviceJobs } from './device-job-query.ts';
import type { Database } from './database.ts';
import { explainQuery } from './query-explain.ts';
import { queryGroups } from './query-groups.ts';
import { queryModuleTwins, queryTwinDocuments, queryTwins } from './query-twins.ts';

/** Each search runs in a transaction that sees one moment, on connections that nothing else uses. */
export function queryStore(database: Pick<Database, 'search'>): QueryStore {
  return {
    queryTwins: (query, signal) => database.search(signal, (reader) => queryTwins(reader, query)),
    queryModuleTwins: (query, signal) => database.search(signal, (reader) => queryModuleTwins(reader, query)),
    queryTwinDocuments: (from, query, signal) => database.search(signal, (reader) => queryTwinDocuments(reader, from, query)),
    queryDeviceJobs: (query, signal) => database.search(signal, (reader) => queryDeviceJobs(reader, query)),
    queryGroups: (query, signal) => database.search(signal, (reader) => queryGroups(reader, query)),
    explainQuery: (query, signal) => database.search(signal, (reader) => explainQuery(reader, query)),
  };
}
