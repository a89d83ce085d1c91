// One text for equal JSON values, whatever the order of their keys; tells `__proto__` from the prototype.
import type { JsonValue } from '../../src/domain/json.ts';
import { isJsonObject } from '../../src/domain/json.ts';

export function canonicalJson(value: JsonValue): string {
  if (!isJsonObject(value)) return Array.isArray(value) ? `[${value.map(canonicalJson).join()}]` : JSON.stringify(value);
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, child]) => `${JSON.stringify(key)}:${canonicalJson(child)}`).join()}}`;
}
