// Where documents are found by what they say, and counted.
import type { DeviceJob, Job } from '../domain/job/job.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Expression, OrderTerm, Query } from '../domain/query/ast.ts';
import type { Cursor } from '../domain/query/cursor.ts';
import type { IdentityTwin } from './twin-store.ts';

/**
 * Documents for which `evaluate` says `true`, sorted by `orderBy`, whose terms are paths, and among equals by their ids. `after`: the `next` of the page
 * before. `limit`: at least 1.
 */
export type DocumentQuery = {
  readonly condition: Expression;
  readonly orderBy: readonly OrderTerm[];
  readonly after: Cursor | undefined;
  readonly limit: number;
};

/** `next`: what to give as `after` for the page that follows; `undefined` on the last page, and only there. */
export type TwinPage = { readonly twins: readonly IdentityTwin[]; readonly next: Cursor | undefined };

export type DeviceJobPage = {
  readonly records: readonly { readonly record: DeviceJob; readonly kind: Job['work']['kind'] }[];
  readonly next: Cursor | undefined;
};

/** A grouped query: its `select` is no `all`. */
export type GroupQuery = Pick<DocumentQuery, 'condition' | 'after' | 'limit'> & {
  readonly from: Query['from'];
  readonly groupBy: NonNullable<Query['groupBy']>;
  readonly columns: Exclude<Query['select'], 'all'>;
  readonly orderBy: Query['orderBy'];
};

export type GroupPage = { readonly rows: readonly JsonObject[]; readonly next: Cursor | undefined };

/**
 * Each call sees one moment, and every write that was acknowledged before it. Pages that are read one after the other have each row once that was
 * there all the time and whose values, by which rows are sorted, stayed the same.
 *
 * A page has at most `limit` rows, and fewer when their size reaches `LIMITS.queryPageChars`. Once the signal is aborted a call rejects with the signal's
 * reason, and the store soon stops to look.
 */
export interface QueryStore {
  /** Twins of devices. Their documents are those of `serviceTwinDocument`, their ids the device id. */
  queryTwins(query: DocumentQuery, signal: AbortSignal): Promise<TwinPage>;
  /** The same for twins of modules, whose ids are the device id and the module id. */
  queryModuleTwins(query: DocumentQuery, signal: AbortSignal): Promise<TwinPage>;
  /** Their documents are those of `deviceJobDocument`, their ids the job id and the device id. */
  queryDeviceJobs(query: DocumentQuery, signal: AbortSignal): Promise<DeviceJobPage>;
  /** The rows that `answer` makes of the documents of the collection. Sums may differ in their last digits by the order in which numbers are added. */
  queryGroups(query: GroupQuery, signal: AbortSignal): Promise<GroupPage>;
}
