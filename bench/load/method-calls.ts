// Direct methods by REST, a number of them at once, each with a fresh token.
import { runFlow } from './flow.ts';
import { HttpsCaller } from './https-caller.ts';
import type { MeasuredProcess } from './child-process.ts';
import type { Endpoint } from './endpoint.ts';
import { quantile } from '../statistics.ts';

const BODY = JSON.stringify({ methodName: 'reboot', payload: { delay: 5 }, responseTimeoutInSeconds: 30 });

export type MethodSide = {
  readonly process: MeasuredProcess;
  readonly endpoint: Endpoint;
  readonly token: () => string;
  readonly concurrency: number;
  /** Devices that are connected, called in turn. */
  readonly ids: readonly string[];
};

/** Of one operation the processor time of the server, of all of them the rate and the latency. */
export type FlowReading = { readonly cpuMicros: number; readonly perSecond: number; readonly p99Ms: number };

export type MethodCalls = Disposable & { readonly run: () => Promise<FlowReading> };

type Durations = { readonly warmUpSeconds: number; readonly seconds: number };

/** Its connections stay open between runs. Resolves when they have been warmed up. @throws Error when a call is not answered with 200. */
export async function openMethodCalls(durations: Durations, side: MethodSide): Promise<MethodCalls> {
  const { process, endpoint, token, concurrency, ids } = side;
  const caller = await HttpsCaller.open(endpoint, concurrency);
  let called = 0;
  const operation = async (): Promise<void> => {
    called += 1;
    const path = `/twins/${ids[called % ids.length]}/methods?api-version=2021-04-12`;
    const answer = await caller.call({ method: 'POST', path, authorization: token(), body: BODY });
    if (answer.status !== 200) throw new Error(`A direct method was answered with ${answer.status}: ${answer.body}`);
  };
  await runFlow({ concurrency, seconds: durations.warmUpSeconds, operation });
  return {
    run: () => measureFlow(process, { concurrency, seconds: durations.seconds, operation }),
    [Symbol.dispose]: () => caller[Symbol.dispose](),
  };
}

export async function measureFlow(process: MeasuredProcess, flow: Parameters<typeof runFlow>[0]): Promise<FlowReading> {
  const before = process.cpuMicros();
  const { operations, seconds, latenciesMs } = await runFlow(flow);
  const cpuMicros = (process.cpuMicros() - before) / operations;
  return { cpuMicros, perSecond: operations / seconds, p99Ms: quantile(latenciesMs, 0.99) };
}
