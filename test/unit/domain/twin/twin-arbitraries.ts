// Random sections and patches, and a second, naive meaning of merge patch to compare the rules with.
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';

/** Few keys, so that patches meet what is there; some of them are traps of JavaScript objects, or are escaped in JSON. */
const key = fc.constantFrom('a', 'b', 'c', '', '__proto__', 'constructor', '漢', '"', '\\');

const leaf: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.boolean(),
  fc.constantFrom('', 'x', 'y'),
  fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant({ a: 1 })), { maxLength: 2 }),
);

function objectOf(value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  // Entries, because assigning to `__proto__` would set the prototype.
  return fc.uniqueArray(fc.tuple(key, value), { maxLength: 4, selector: ([name]) => name }).map((entries) => Object.fromEntries(entries));
}

function treeOf(value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  return objectOf(fc.oneof(value, objectOf(fc.oneof(value, objectOf(value)))));
}

/** A section as it may stand in a twin: no null in it. */
export const section: fc.Arbitrary<JsonObject> = treeOf(leaf);

/** A section with nulls anywhere outside arrays. */
export const patch: fc.Arbitrary<JsonObject> = treeOf(
  fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: fc.constant(null) }),
);

/**
 * Merge patch in the naive way: trees of Maps that are changed in place, as a device SDK merges what it is sent: take over everything
 * first, take the nulls out afterwards.
 */
export function naivelyMerged(target: JsonObject, change: JsonObject): JsonObject {
  const tree = toMaps(target);
  takeOver(tree, change);
  removeNulls(tree);
  return fromMaps(tree);
}

/** Text that is equal for equal values, whatever the order of their keys. */
export function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([name, child]) => `${JSON.stringify(name)}:${canonical(child)}`).join(',')}}`;
}

type Tree = Map<string, Tree | Exclude<JsonValue, JsonObject>>;

function toMaps(object: JsonObject): Tree {
  const tree: Tree = new Map();
  takeOver(tree, object);
  return tree;
}

function takeOver(tree: Tree, object: JsonObject): void {
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      tree.set(name, value as Exclude<JsonValue, JsonObject>);
      continue;
    }
    const there = tree.get(name);
    const child: Tree = there instanceof Map ? there : new Map();
    takeOver(child, value as JsonObject);
    tree.set(name, child);
  }
}

function removeNulls(tree: Tree): void {
  for (const [name, value] of tree) {
    if (value === null) tree.delete(name);
    if (value instanceof Map) removeNulls(value);
  }
}

function fromMaps(tree: Tree): JsonObject {
  return Object.fromEntries([...tree].map(([name, value]) => [name, value instanceof Map ? fromMaps(value) : value]));
}
