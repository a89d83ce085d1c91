// Where the contract suites of stores get their stores from, and who closes them.
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Stores } from '../../src/ports/stores.ts';

/** A place for data that is empty when it is made. Opened again, it has what was committed before. */
type StorePlace = { open(): Promise<Stores> };

export type NewPlace = () => Promise<StorePlace>;

/** A new store for this test alone. */
export async function openNewStore(newPlace: NewPlace): Promise<Stores> {
  const place = await newPlace();
  const stores = await place.open();
  onTestFinished(() => stores.close());
  return stores;
}

/** One store for all tests of a suite, which keep apart by using ids of their own. */
export function shareStore(newPlace: NewPlace): () => Stores {
  let stores: Stores | undefined;
  beforeAll(async () => {
    const place = await newPlace();
    stores = await place.open();
  });
  afterAll(() => stores?.close());
  return (): Stores => {
    if (!stores) throw new Error('The store of the suite is not open yet');
    return stores;
  };
}
