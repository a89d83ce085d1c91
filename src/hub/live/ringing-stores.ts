// Stores that tell when something may have been added to the change feed, in front of any others.
import type { Stores } from '../../ports/stores.ts';

/** The same stores; what they answer and throw comes through as it is. @param ring called after each write that the change feed tells of. */
export function ringingStores(stores: Stores, ring: () => void): Stores {
  return {
    ...stores,
    devices: ringing(stores.devices, ['writeDevices', 'writeInBulk'], ring),
    modules: ringing(stores.modules, ['writeModules'], ring),
    twins: ringing(stores.twins, ['applyTwinChanges'], ring),
    jobs: ringing(stores.jobs, ['patchTwins'], ring),
  };
}

/** Every method of a port returns a promise. */
function ringing<Port extends object>(port: Port, writes: readonly (keyof Port)[], ring: () => void): Port {
  const names: readonly PropertyKey[] = writes;
  const wrapped = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get(target, name): unknown {
      const known = wrapped.get(name);
      if (known !== undefined) return known;
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      const call = async (...args: readonly unknown[]): Promise<unknown> => {
        const answer: unknown = await Reflect.apply(method, target, args);
        ring();
        return answer;
      };
      const made: unknown = names.includes(name) ? call : method.bind(target);
      wrapped.set(name, made);
      return made;
    },
  });
}
