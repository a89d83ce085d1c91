// Stores that tell how long each of their calls takes, in front of any others.
import type { Metrics } from '../../ports/metrics.ts';
import type { Stopwatch } from '../../ports/stopwatch.ts';
import type { Stores } from '../../ports/stores.ts';

type Instruments = { readonly metrics: Metrics; readonly stopwatch: Stopwatch };

/** The same stores; what they answer and throw comes through as it is. */
export function measuredStores(stores: Stores, instruments: Instruments): Stores {
  return {
    devices: measured(stores.devices, instruments),
    modules: measured(stores.modules, instruments),
    twins: measured(stores.twins, instruments),
    queries: measured(stores.queries, instruments),
    policies: measured(stores.policies, instruments),
    caCertificates: measured(stores.caCertificates, instruments),
    subscriptions: measured(stores.subscriptions, instruments),
    jobs: measured(stores.jobs, instruments),
    changes: measured(stores.changes, instruments),
    audit: measured(stores.audit, instruments),
    checkReady: () => stores.checkReady(),
    close: () => stores.close(),
  };
}

/** Every method of a port returns a promise. */
function measured<Port extends object>(port: Port, instruments: Instruments): Port {
  const wrapped = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get(target, name): unknown {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      const known = wrapped.get(name);
      if (known !== undefined) return known;
      const call = (...args: readonly unknown[]): Promise<unknown> =>
        timed({ operation: String(name), items: Array.isArray(args[0]) ? args[0].length : undefined, ...instruments }, async () => {
          const answer: unknown = await Reflect.apply(method, target, args);
          return answer;
        });
      wrapped.set(name, call);
      return call;
    },
  });
}

type Timed = Instruments & { readonly operation: string; readonly items: number | undefined };

async function timed({ metrics, stopwatch, operation, items }: Timed, work: () => Promise<unknown>): Promise<unknown> {
  const beganMs = stopwatch.elapsedMs();
  let failed = true;
  metrics.storeCallBegan(operation);
  try {
    const answer = await work();
    failed = false;
    return answer;
  } finally {
    metrics.storeCallEnded({ operation, items, failed, seconds: (stopwatch.elapsedMs() - beganMs) / 1000 });
  }
}
