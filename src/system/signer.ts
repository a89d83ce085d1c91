// HMAC-SHA256 from node:crypto.
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { HubError } from '../domain/errors.ts';
import type { Signer } from '../ports/signer.ts';

/** Keys kept prepared: createHmac with the raw bytes of a key is several times slower than with a KeyObject. A few hundred bytes each. */
const CACHED_KEYS = 10_000;

/** A signer of its own cache. Both methods throw HubError ArgumentInvalid for a key that is no base64. */
export function createSigner(): Signer {
  const cache = new Map<string, KeyObject>();

  const keyOf = (keyBase64: string): KeyObject => {
    const key = cache.get(keyBase64) ?? parseKey(keyBase64);
    // A Map keeps the order of insertion: moving a used key to its end leaves the least recently used one first.
    cache.delete(keyBase64);
    cache.set(keyBase64, key);
    const oldest = cache.keys().next().value;
    if (cache.size > CACHED_KEYS && oldest !== undefined) cache.delete(oldest);
    return key;
  };
  const signatureOf = (keyBase64: string, text: string): Buffer => createHmac('sha256', keyOf(keyBase64)).update(text, 'utf8').digest();

  return {
    sign: (keyBase64, text) => signatureOf(keyBase64, text).toString('base64'),
    verify: (keyBase64, text, signatureBase64) => {
      const expected = signatureOf(keyBase64, text);
      const given = decodeBase64(signatureBase64);
      return given !== undefined && given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

/** What the bits that no byte needs say does not matter: keys are kept as they came, so they may hold any. */
const KEY = /^[A-Za-z0-9+/]+={0,2}$/;

function parseKey(keyBase64: string): KeyObject {
  const bytes = Buffer.from(keyBase64, 'base64');
  const isBase64 = KEY.test(keyBase64) && keyBase64.length % 4 === 0;
  if (!isBase64 || bytes.length === 0) throw new HubError('ArgumentInvalid', 'The key is no base64.');
  return createSecretKey(bytes);
}

/** Node skips what is no base64; here text counts only when it is exactly what its bytes encode to. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
