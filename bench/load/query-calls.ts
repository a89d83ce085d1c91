// Queries by REST, one page each.
import { HttpsCaller } from './https-caller.ts';
import type { MeasuredProcess } from './child-process.ts';
import type { Endpoint } from './endpoint.ts';
import { runFlow } from './flow.ts';
import type { Readings } from '../rounds.ts';
import { quantile } from '../statistics.ts';

export type QuerySide = { readonly process: MeasuredProcess; readonly endpoint: Endpoint; readonly token: () => string };

/** `path`: with the query string. `items`: how many the answer has. */
export type QueryCall = { readonly path: string; readonly body: string; readonly items: number };

type QueryCaller = Disposable & {
  /** Resolves with the milliseconds that it took. @throws Error when the answer is another than expected. */
  readonly run: (call: QueryCall) => Promise<number>;
};

/** The call by which a hub is asked for the first page of a query. */
export function hubCall(query: string, { pageSize, items }: { readonly pageSize: number; readonly items: number }): QueryCall {
  return { path: `/devices/query?api-version=2021-04-12&pageSize=${pageSize}`, body: JSON.stringify({ query }), items };
}

async function openQueryCaller({ endpoint, token }: QuerySide): Promise<QueryCaller> {
  const caller = await HttpsCaller.open(endpoint, 1);
  return {
    async run({ path, body, items }) {
      const startedAt = performance.now();
      const answer = await caller.call({ method: 'POST', path, authorization: token(), body });
      const ms = performance.now() - startedAt;
      if (answer.status !== 200) throw new Error(`A query was answered with ${answer.status}: ${answer.body}`);
      const found = (JSON.parse(answer.body) as readonly unknown[]).length;
      if (found !== items) throw new Error(`A query found ${found} of ${items}: ${body}`);
      return ms;
    },
    [Symbol.dispose]: () => caller[Symbol.dispose](),
  };
}

/** Each of the calls once. */
export async function runOnce(side: QuerySide, calls: readonly QueryCall[]): Promise<void> {
  using caller = await openQueryCaller(side);
  for (const call of calls) await caller.run(call);
}

/** Calls one after the other, `calls` in turn. Time is that of an answer without what the client does with it. */
export async function measureQueries(side: QuerySide, calls: readonly QueryCall[], seconds: number): Promise<Readings> {
  using caller = await openQueryCaller(side);
  const milliseconds: number[] = [];
  let count = 0;
  const before = side.process.cpuMicros();
  await runFlow({
    concurrency: 1,
    seconds,
    async operation() {
      const call = calls[count % calls.length];
      count += 1;
      if (call) milliseconds.push(await caller.run(call));
    },
  });
  return { ms: quantile(milliseconds, 0.5), 'CPU ms': (side.process.cpuMicros() - before) / 1000 / count };
}
