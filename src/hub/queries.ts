// The use case of queries: one page of what a query finds.
import type { JsonObject } from '../domain/json.ts';
import { deviceJobDocument } from '../domain/job/device-job-document.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Query } from '../domain/query/ast.ts';
import type { Cursor } from '../domain/query/cursor.ts';
import { parseQuery } from '../domain/query/parser.ts';
import { project } from '../domain/query/project.ts';
import { serviceTwinDocument } from '../domain/twin/twin-document.ts';
import type { Clock } from '../ports/clock.ts';
import type { DocumentQuery, QueryStore, TwinPage } from '../ports/query-store.ts';
import type { ContinuationTokens } from './continuation-tokens.ts';
import { Searches } from './searches.ts';

/** `strict`: additions of this hub to the language of the service are refused. */
type Dependencies = {
  readonly store: QueryStore;
  readonly tokens: ContinuationTokens;
  readonly clock: Clock;
  readonly strict: boolean;
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
 * `twin`: whole twin documents; `deviceJob`: whole records of jobs; `raw`: objects with the columns of the query. `continuation` is absent on
 * the last page, and only there.
 */
export type QueryPage = {
  readonly itemKind: 'twin' | 'deviceJob' | 'raw';
  readonly items: readonly JsonObject[];
  readonly continuation: string | undefined;
};

type Page = Pick<DocumentQuery, 'after' | 'limit'>;
type Rest = { readonly text: string; readonly query: Query; readonly left: number; readonly next: Cursor };
type Documents = { readonly documents: readonly JsonObject[]; readonly next: Cursor | undefined };

/** What is found for a page. */
type Found = { readonly items: readonly JsonObject[]; readonly next: Cursor | undefined };

export class Queries {
  readonly #store: QueryStore;
  readonly #tokens: ContinuationTokens;
  readonly #strict: boolean;
  readonly #searches: Searches;

  constructor({ store, tokens, clock, strict }: Dependencies) {
    this.#store = store;
    this.#tokens = tokens;
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
    const { items, next } = await this.#searches.run((signal) => this.#find(query, { after: position?.after, limit }, signal), gone);
    return {
      itemKind: itemKindOf(query),
      items,
      continuation:
        next === undefined || items.length >= left ? undefined : this.#tokenOf({ text, query, left: left - items.length, next }),
    };
  }

  /** Ends the queries that are under way. */
  stop(): void {
    this.#searches.stop();
  }

  #tokenOf({ text, query, left, next }: Rest): string {
    return this.#tokens.format(text, { after: next, left: query.top === undefined ? undefined : left });
  }

  async #find(query: Query, page: Page, signal: AbortSignal): Promise<Found> {
    const { from, select, where: condition, groupBy, orderBy } = query;
    if (groupBy !== undefined && select !== 'all') {
      const { rows, next } = await this.#store.queryGroups({ from, condition, groupBy, columns: select, orderBy, ...page }, signal);
      return { items: rows, next };
    }
    const { documents, next } = await this.#findDocuments(from, { condition, orderBy, ...page }, signal);
    return { items: documents.map((document) => project(select, document)), next };
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

function documentsOf({ twins, next }: TwinPage): Documents {
  return { documents: twins.map(({ identity, twin }) => serviceTwinDocument(identity, twin)), next };
}

/** Whole documents have a kind of their own (behaviour 5.4). */
function itemKindOf({ from, select }: Query): QueryPage['itemKind'] {
  if (select !== 'all') return 'raw';
  return from === 'devices.jobs' ? 'deviceJob' : 'twin';
}
