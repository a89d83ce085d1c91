// Random twin sections and changes for property tests: few keys, so that changes meet, and all of them awkward.
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/domain/json.ts';
import type { TwinChange } from '../../src/domain/twin/twin.ts';
import { report, timeAt, write } from './store-builders.ts';

const KEYS = ['', 'a', 'A', '__proto__', 'constructor', 'toString', "it's", '"', '\\', '%', '[0]', 'ключ', '🙂', 'é', 'e\u0301', '0', '10'];

const key = fc.constantFrom(...KEYS);

const number = fc.oneof(
  fc.integer(),
  fc.constantFrom(2 ** 52 - 1, -(2 ** 52), 0.1, 1e-7, 1.5e300, -2.5e-300, 5e-324, 123456789.12345679),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
);

const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('', "'", '"', '\\', '\\u0000', '\u0001\n\t', '\u2028', '\u{10ffff}', 'null', '{"a":1}', '%s'),
  )
  .filter((value) => value.isWellFormed() && !value.includes('\0'));

const leaf: fc.Arbitrary<JsonValue> = fc.oneof(number, text, fc.boolean());

const element: fc.Arbitrary<JsonValue> = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(key, leaf, { maxKeys: 2 }));

function section(depth: number): fc.Arbitrary<JsonObject> {
  const below = depth === 0 ? [] : [section(depth - 1)];
  const value: fc.Arbitrary<JsonValue> = fc.oneof(leaf, fc.constant(null), fc.array(element, { maxLength: 3 }), ...below);
  // Entries rather than an object, so that `__proto__` is a key like any other.
  return fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
}

const patch = section(2);
const minute = fc.nat({ max: 1000 });

const reports = (deviceId: string): fc.Arbitrary<TwinChange> =>
  fc
    .tuple(patch, fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 3 }), minute)
    .map(([properties, baseVersion, at]) =>
      report(deviceId, properties, { ...(baseVersion !== undefined && { baseVersion }), at: timeAt(at) }),
    );

export type TwinWrite = Extract<TwinChange, { kind: 'patch' | 'replace' }>;

/** Writes of one device by a service, some with a condition that does not hold. */
export const serviceWritesOf = (deviceId: string): fc.Arbitrary<TwinWrite> =>
  fc
    .record({
      kind: fc.constantFrom('patch', 'replace'),
      tags: fc.option(patch),
      desired: fc.option(patch),
      named: fc.constantFrom('tags', 'desired', 'both', 'none'),
      etag: fc.constantFrom(undefined, 'AAAAAAAAAAE=', 'AAAAAAAAAAI='),
      at: minute,
    })
    .map(({ kind, tags, desired, named, etag, at }) =>
      write(deviceId, {
        kind,
        precondition: etag === undefined ? { kind: 'none' } : { kind: 'match', etag },
        at: timeAt(at),
        ...((named === 'tags' || named === 'both') && { tags }),
        ...((named === 'desired' || named === 'both') && { desired }),
      }),
    );

/** Changes of one device of every kind, some with a condition that does not hold. */
export function twinChangesOf(deviceId: string): fc.Arbitrary<readonly TwinChange[]> {
  return fc.array(fc.oneof<fc.Arbitrary<TwinChange>[]>(reports(deviceId), serviceWritesOf(deviceId)), { minLength: 1, maxLength: 12 });
}
