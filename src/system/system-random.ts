// The random source of the operating system.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Random } from '../ports/random.ts';

/** A draw of these takes as long as one of 4 bytes. With one for each key, a third of the main thread's time in a bulk registration went into draws. */
const DRAWN_AT_ONCE_BYTES = 4096;

/** More is drawn alone, so that little of what is in store is thrown away. */
const FROM_STORE_MAX_BYTES = 256;

export const systemRandom: Random = withStore();

function withStore(): Random {
  let store = new Uint8Array();
  let given = 0;
  return {
    uuid: () => randomUUID(),
    bytes(length): Uint8Array {
      if (length > FROM_STORE_MAX_BYTES) return randomBytes(length);
      if (given + length > store.length) {
        store = randomBytes(DRAWN_AT_ONCE_BYTES);
        given = 0;
      }
      const bytes = new Uint8Array(store.subarray(given, given + length));
      // What became a key stands nowhere else.
      store.fill(0, given, given + length);
      given += length;
      return bytes;
    },
  };
}
