// The use cases of queries: one page of what a query finds, and how it is found.
import type { JsonObject } from '../domain/json.ts';
import { deviceJobDocument } from '../domain/job/device-job-document.ts';
import { HubError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Query } from '../domain/query/ast.ts';
import type { Cursor } from '../domain/query/cursor.ts';
import { indexablePlaces } from '../domain/query/index/indexable.ts';
import { type IndexPlace, isSamePlace } from '../domain/query/index/twin-index.ts';
import { parseQuery } from '../domain/query/parser.ts';
import { project } from '../domain/query/project.ts';
import { serviceTwinDocument } from '../domain/twin/twin-document.ts';
import type { Clock } from '../ports/clock.ts';
import type { IndexStore } from '../ports/index-store.ts';
import type { DocumentQuery, Explanation, QueryStore, StoreQuery, TwinPage } from '../ports/query-store.ts';
import type { Stopwatch } from '../ports/stopwatch.ts';
import type { ContinuationTokens } from './continuation-tokens.ts';
import type { IndexUses } from './index-uses.ts';
import type { ScannedPaths } from './scanned-paths.ts';
import { Searches } from './searches.ts';

/** `strict`: additions of this hub to the language of the service are refused. */
type Dependencies = {
  readonly stores: { readonly queries: QueryStore; readonly indexes: Pick<IndexStore, 'listIndexes'> };
  readonly tokens: ContinuationTokens;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly strict: boolean;
  readonly scans: ScannedPaths;
  readonly uses: Pick<IndexUses, 'record'>;
};

/**
 * `continuation`: what the page before came with. `pageSize`: at least 1; more than `LIMITS.queryPageMax` counts as that. `gone`: aborted when nobody
 * waits for the page any more, whose search then ends.
 */
export type QueryRequest = {
  readonly text: string;
  readonly pageSize: number;
  readonly continuation: string | undefined;
  readonly gone?: AbortSignal;
};

/**
 * `twin`: whole twin documents; `deviceJob`: whole records of jobs; `raw`: objects with the columns of the query. `json`: a list of these. `continuation` is absent on
 * the last page, and only there.
 */
export type QueryPage = {
  readonly itemKind: 'twin' | 'deviceJob' | 'raw';
  readonly json: string;
  readonly continuation: string | undefined;
};

/**
 * `milliseconds`: for which the store had the query, also while others had their turn. `advice`: indexes that are not there and of which each might spare most of the rows that were scanned;
 * none where these were few.
 */
export type ExplainedQuery = Explanation & {
  readonly from: Query['from'];
  readonly milliseconds: number;
  readonly advice: readonly IndexPlace[];
};

type Page = Pick<DocumentQuery, 'after' | 'limit'>;
type Rest = { readonly text: string; readonly query: Query; readonly left: number; readonly next: Cursor };
type Documents = { readonly documents: readonly JsonObject[]; readonly next: Cursor | undefined; readonly scanned?: number | undefined };

/** What is found for a page: so many items. */
type Found = { readonly json: string; readonly count: number; readonly next: Cursor | undefined; readonly scanned?: number | undefined };

export class Queries {
  readonly #store: QueryStore;
  readonly #indexes: Dependencies['stores']['indexes'];
  readonly #tokens: ContinuationTokens;
  readonly #stopwatch: Stopwatch;
  readonly #strict: boolean;
  readonly #searches: Searches;
  readonly #scans: ScannedPaths;
  readonly #uses: Dependencies['uses'];

  constructor({ stores, tokens, clock, stopwatch, strict, scans, uses }: Dependencies) {
    this.#scans = scans;
    this.#uses = uses;
    this.#store = stores.queries;
    this.#indexes = stores.indexes;
    this.#tokens = tokens;
    this.#stopwatch = stopwatch;
    this.#searches = new Searches(clock);
    this.#strict = strict;
  }

  /**
   * Sees every write that was acknowledged before. A page may be shorter than asked for though others follow.
   * @throws HubError ArgumentInvalid for a query or a token that is not valid, RequestTimedOut after `LIMITS.querySeconds`.
   */
  async run({ text, pageSize, continuation, gone }: QueryRequest): Promise<QueryPage> {
    const query = parseQuery(text, { strict: this.#strict });
    const position = continuation === undefined ? undefined : this.#tokens.parse(text, continuation);
    const left = position?.left ?? query.top ?? Infinity;
    const limit = Math.min(pageSize, LIMITS.queryPageMax.value, left);
    const { json, count, next } = await this.#findNoted(query, { after: position?.after, limit }, gone);
    return {
      itemKind: itemKindOf(query),
      json,
      continuation: next === undefined || count >= left ? undefined : this.#tokenOf({ text, query, left: left - count, next }),
    };
  }

  /**
   * Runs the query for its first page, without reading what is on it, and tells how.
   * @throws HubError as `run`.
   */
  async explain({ text, pageSize, gone }: Omit<QueryRequest, 'continuation'>): Promise<ExplainedQuery> {
    const query = parseQuery(text, { strict: this.#strict });
    const limit = Math.min(pageSize, LIMITS.queryPageMax.value, query.top ?? Infinity);
    const beganMs = this.#stopwatch.elapsedMs();
    const storeQuery = storeQueryOf(query, { after: undefined, limit });
    const explanation = await this.#searches.run((signal) => this.#store.explainQuery(storeQuery, signal), gone);
    const milliseconds = this.#stopwatch.elapsedMs() - beganMs;
    const { steps, scanned, returned } = explanation;
    const isWasteful = steps.some(({ kind }) => kind === 'scan') && scanned >= LIMITS.scanRows.value && scanned > 2 * returned;
    const advice = isWasteful ? await this.#withoutIndex(indexablePlaces(query.from, query.where)) : [];
    return { ...explanation, from: query.from, milliseconds, advice };
  }

  /** Ends the queries that are under way. */
  stop(): void {
    this.#searches.stop();
  }

  #tokenOf({ text, query, left, next }: Rest): string {
    return this.#tokens.format(text, { after: next, left: query.top === undefined ? undefined : left });
  }

  /** Notes whether it found without a scan, or for how long it scanned. */
  async #findNoted(query: Query, page: Page, gone: AbortSignal | undefined): Promise<Found> {
    const places = indexablePlaces(query.from, query.where);
    const beganMs = this.#stopwatch.elapsedMs();
    const seconds = (): number => (this.#stopwatch.elapsedMs() - beganMs) / 1000;
    try {
      const found = await this.#searches.run((signal) => this.#find(query, page, signal), gone);
      if (found.scanned === undefined) this.#uses.record(places);
      else this.#scans.record(places, { rows: found.scanned, returned: found.count, seconds: seconds() });
      return found;
    } catch (error) {
      if (error instanceof HubError && error.code === 'RequestTimedOut') this.#scans.recordEnded(places, seconds());
      throw error;
    }
  }

  async #find(query: Query, page: Page, signal: AbortSignal): Promise<Found> {
    const storeQuery = storeQueryOf(query, page);
    if (storeQuery.kind === 'groups') {
      const { rows, ...rest } = await this.#store.queryGroups(storeQuery.query, signal);
      return { ...listed(rows), ...rest };
    }
    const { from, query: documentQuery } = storeQuery;
    if (query.select === 'all' && from !== 'devices.jobs') {
      const { documents, ...rest } = await this.#store.queryTwinDocuments(from, documentQuery, signal);
      return { json: `[${documents.join()}]`, count: documents.length, ...rest };
    }
    const { documents, ...rest } = await this.#findDocuments(from, documentQuery, signal);
    return { ...listed(documents.map((document) => project(query.select, document))), ...rest };
  }

  /** An index may be there though the query did not go through it, or be in the making. */
  async #withoutIndex(places: readonly IndexPlace[]): Promise<readonly IndexPlace[]> {
    if (places.length === 0) return [];
    const known = await this.#indexes.listIndexes();
    return places.filter((place) => !known.some((index) => isSamePlace(index, place)));
  }

  async #findDocuments(from: Query['from'], query: DocumentQuery, signal: AbortSignal): Promise<Documents> {
    switch (from) {
      case 'devices':
        return documentsOf(await this.#store.queryTwins(query, signal));
      case 'devices.modules':
        return documentsOf(await this.#store.queryModuleTwins(query, signal));
      case 'devices.jobs': {
        const { records, next } = await this.#store.queryDeviceJobs(query, signal);
        return { documents: records.map(({ record, kind }) => deviceJobDocument(record, kind)), next };
      }
    }
  }
}

function storeQueryOf({ from, select, where: condition, groupBy, orderBy }: Query, page: Page): StoreQuery {
  if (groupBy === undefined || select === 'all') return { kind: 'documents', from, query: { condition, orderBy, ...page } };
  return { kind: 'groups', query: { from, condition, groupBy, columns: select, orderBy, ...page } };
}

function listed(items: readonly JsonObject[]): Pick<Found, 'json' | 'count'> {
  return { json: JSON.stringify(items), count: items.length };
}

function documentsOf({ twins, ...page }: TwinPage): Documents {
  return { documents: twins.map(({ identity, twin }) => serviceTwinDocument(identity, twin)), ...page };
}

/** Whole documents have a kind of their own (behaviour 5.4). */
function itemKindOf({ from, select }: Query): QueryPage['itemKind'] {
  if (select !== 'all') return 'raw';
  return from === 'devices.jobs' ? 'deviceJob' : 'twin';
}
