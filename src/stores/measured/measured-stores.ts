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
    indexes: measured(stores.indexes, instruments),
    changes: measured(stores.changes, instruments),
    audit: measured(stores.audit, instruments),
    checkReady: () => stores.checkReady(),
    close: () => stores.close(),
  };
}

/** Every method of a port returns a promise. */
function measured<Port extends object>(port: Port, { metrics, stopwatch }: Instruments): Port {
  const wrapped = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get(target, name): unknown {
      const known = wrapped.get(name);
      if (known !== undefined) return known;
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      const operation = String(name);
      // What reads takes lists of ids, and commits nothing.
      const writes = !operation.startsWith('read');
      const call = (...args: readonly unknown[]): Promise<unknown> => {
        const items = writes && Array.isArray(args[0]) ? args[0].length : undefined;
        const beganMs = stopwatch.elapsedMs();
        const ended = (failed: boolean): void =>
          metrics.storeCallEnded({ operation, items, failed, seconds: (stopwatch.elapsedMs() - beganMs) / 1000 });
        metrics.storeCallBegan(operation);
        const answering = Promise.try((): unknown => Reflect.apply(method, target, args));
        answering.then(
          () => ended(false),
          () => ended(true),
        );
        return answering;
      };
      wrapped.set(name, call);
      return call;
    },
  });
}
