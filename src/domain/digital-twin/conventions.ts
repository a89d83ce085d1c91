// How devices write down components and acknowledgements in their twins: the conventions of IoT Plug and Play.
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';

/** What makes an object of a section a component. */
export const COMPONENT_MARK: JsonObject = { __t: 'c' };

export function isComponent(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && ownValue(value, '__t') === 'c';
}

/** Without `__t`. */
export function propertiesOfComponent(component: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(component).filter(([name]) => name !== '__t'));
}

/** What a device says of a desired value: what it uses in fact, how that went, and which version of desired properties it answers. */
export type Acknowledgement = {
  /** Absent when the device has none any more: a null does not stay in a twin. */
  readonly value: JsonValue | undefined;
  readonly code: number;
  readonly version: number | undefined;
  readonly description: string | undefined;
};

/** Reads `{value, ac, av, ad}`; `ad` may be absent, and of `value` and `av` one. @returns `undefined` for any other value. */
export function readAcknowledgement(reported: JsonValue | undefined): Acknowledgement | undefined {
  if (!isJsonObject(reported) || Object.keys(reported).some((key) => !FIELDS.has(key))) return undefined;
  const value = ownValue(reported, 'value');
  const code = ownValue(reported, 'ac');
  const version = ownValue(reported, 'av');
  const description = ownValue(reported, 'ad');
  if (typeof code !== 'number') return undefined;
  if (version !== undefined && typeof version !== 'number') return undefined;
  if (description !== undefined && typeof description !== 'string') return undefined;
  return value === undefined && version === undefined ? undefined : { value, code, version, description };
}

const FIELDS: ReadonlySet<string> = new Set(['value', 'ac', 'av', 'ad']);
