// The use case of queries: one page of what a query finds.
import { HubError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import { deviceJobDocument } from '../domain/job/device-job-document.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Expression } from '../domain/query/ast.ts';
import { formatContinuation, parseContinuation } from '../domain/query/continuation.ts';
import { parseQuery } from '../domain/query/parser.ts';
import { project } from '../domain/query/project.ts';
import { serviceTwinDocument } from '../domain/twin/twin-document.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { QueryStore } from '../ports/query-store.ts';

type Dependencies = { readonly twins: QueryStore; readonly jobs: Pick<JobStore, 'queryDeviceJobs'>; readonly clock: Clock };

/** `continuation`: what the page before came with. `pageSize`: at least 1; more than `LIMITS.queryPageMax` counts as that. */
export type QueryRequest = { readonly text: string; readonly pageSize: number; readonly continuation: string | undefined };

/**
 * `twin`: whole twin documents; `deviceJob`: whole records of jobs; `raw`: objects with the columns of the query. `continuation` is absent on
 * the last page, and only there.
 */
export type QueryPage = {
  readonly itemKind: 'twin' | 'deviceJob' | 'raw';
  readonly items: readonly JsonObject[];
  readonly continuation: string | undefined;
};

/** What a collection is asked for, and whole documents in answer. */
type Search = { readonly condition: Expression; readonly after: string | undefined; readonly limit: number };
type Found = { readonly documents: readonly JsonObject[]; readonly next: string | undefined };

export class Queries {
  readonly #twins: QueryStore;
  readonly #jobs: Dependencies['jobs'];
  readonly #clock: Clock;
  readonly #underWay = new Set<AbortController>();

  constructor({ twins, jobs, clock }: Dependencies) {
    this.#twins = twins;
    this.#jobs = jobs;
    this.#clock = clock;
  }

  /**
   * Sees every write that was acknowledged before. A page may be shorter than asked for though others follow.
   * @throws HubError ArgumentInvalid for a query or a token that is not valid, RequestTimedOut after `LIMITS.querySeconds`.
   */
  async run({ text, pageSize, continuation }: QueryRequest): Promise<QueryPage> {
    const { from, select, where: condition } = parseQuery(text);
    const listing = from === 'devices' ? 'devices' : 'deviceJobs';
    const after = continuation === undefined ? undefined : parseContinuation(listing, continuation);
    const search = { condition, after, limit: Math.min(pageSize, LIMITS.queryPageMax.value) };
    const { documents, next } = await this.#inTime((signal) =>
      from === 'devices' ? this.#findTwins(search, signal) : this.#findDeviceJobs(search, signal),
    );
    const wholeKind = from === 'devices' ? 'twin' : 'deviceJob';
    return {
      itemKind: select === 'all' ? wholeKind : 'raw',
      items: documents.map((document) => project(select, document)),
      continuation: next === undefined ? undefined : formatContinuation(listing, next),
    };
  }

  /** Ends the queries that are under way. */
  stop(): void {
    for (const controller of this.#underWay) controller.abort(new HubError('ServiceUnavailable', 'The hub is stopping.'));
  }

  async #findTwins(search: Search, signal: AbortSignal): Promise<Found> {
    const { twins, next } = await this.#twins.queryTwins(search, signal);
    return { documents: twins.map(({ identity, twin }) => serviceTwinDocument(identity, twin)), next };
  }

  async #findDeviceJobs(search: Search, signal: AbortSignal): Promise<Found> {
    const { records, next } = await this.#jobs.queryDeviceJobs(search, signal);
    return { documents: records.map(({ record, kind }) => deviceJobDocument(record, kind)), next };
  }

  async #inTime<Result>(find: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    const seconds = LIMITS.querySeconds.value;
    const timer = this.#clock.after(seconds * 1000, () => {
      controller.abort(new HubError('RequestTimedOut', `The query took longer than ${seconds} seconds. Narrow its condition.`));
    });
    this.#underWay.add(controller);
    try {
      return await find(controller.signal);
    } finally {
      this.#underWay.delete(controller);
      timer.cancel();
    }
  }
}
