// A device with a twin, for tests that put them into tables themselves.
import fc from 'fast-check';
import { isModule } from '../../../src/domain/identity/module.ts';
import type { Device } from '../../../src/domain/identity/device.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Twin } from '../../../src/domain/twin/twin.ts';
import { fleet } from './query-arbitraries.ts';

/** The same one for the same tags. */
export function sampleTwin(tags: JsonObject): { readonly device: Device; readonly twin: Twin } {
  const [twins = []] = fc.sample(fleet, { numRuns: 1, seed: 1 });
  const [first] = twins;
  if (!first || isModule(first.identity)) throw new Error('A fleet has no device.');
  return { device: first.identity, twin: { ...first.twin, tags } };
}
