// Where documents are found by what they say, and counted.
import type { DeviceJob, Job } from '../domain/job/job.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Collection, Expression, OrderTerm, Query } from '../domain/query/ast.ts';
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

/** `scanned`: twins that were looked at, about; absent where an index or their ids led to them, where no index could, and where they were few. */
type Scanned = { readonly scanned?: number | undefined };

/** `next`: what to give as `after` for the page that follows; `undefined` on the last page, and only there. */
export type TwinPage = Scanned & { readonly twins: readonly IdentityTwin[]; readonly next: Cursor | undefined };

/** The documents of `serviceTwinDocument` as JSON. */
export type TwinDocumentPage = Scanned & { readonly documents: readonly string[]; readonly next: Cursor | undefined };

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

export type GroupPage = Scanned & { readonly rows: readonly JsonObject[]; readonly next: Cursor | undefined };

/** Collections whose documents are twins. */
export type TwinCollection = Exclude<Collection, 'devices.jobs'>;

/** A call of `QueryStore` as data. */
export type StoreQuery =
  | { readonly kind: 'documents'; readonly from: Collection; readonly query: DocumentQuery }
  | { readonly kind: 'groups'; readonly query: GroupQuery };

/**
 * `lookup`: of documents that the condition names by their ids. `index`: through an index on the path. `scan`: of all documents of the collection, one after the other, until
 * the page is full where nothing has to be sorted or grouped. `group`: into one row for each group. `sort`: of what was found, as the query says or by its groups.
 */
export type PlanStep =
  | { readonly kind: 'lookup' }
  | { readonly kind: 'index'; readonly path: string }
  | { readonly kind: 'scan' | 'group' | 'sort' };

/**
 * `steps`: in the order in which they are taken; the first ones say where documents come from. `scanned`: documents that were looked at; where several processes searched together a few may be
 * missing. `returned`: rows of the page, which may be cut where `LIMITS.queryPageChars` is reached. `databasePlan`: lines that the database says of it.
 */
export type Explanation = {
  readonly steps: readonly PlanStep[];
  readonly scanned: number;
  readonly returned: number;
  readonly database: string;
  readonly databasePlan: readonly string[];
};

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
  /** What `queryTwins` or `queryModuleTwins` finds, as documents that nobody had to parse. */
  queryTwinDocuments(from: TwinCollection, query: DocumentQuery, signal: AbortSignal): Promise<TwinDocumentPage>;
  /** Their documents are those of `deviceJobDocument`, their ids the job id and the device id. */
  queryDeviceJobs(query: DocumentQuery, signal: AbortSignal): Promise<DeviceJobPage>;
  /** The rows that `answer` makes of the documents of the collection. Sums may differ in their last digits by the order in which numbers are added. */
  queryGroups(query: GroupQuery, signal: AbortSignal): Promise<GroupPage>;
  /** Runs the query as the other calls do, but reads no documents for the page, and tells how it was run. */
  explainQuery(query: StoreQuery, signal: AbortSignal): Promise<Explanation>;
}
