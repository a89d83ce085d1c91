// The JSON values of the hub and the one way text becomes such a value.
import { HubError } from './errors.ts';
import { LIMITS } from './limits.ts';

type JsonPrimitive = string | number | boolean | null;
export type JsonValue = JsonPrimitive | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object's own value under a key; never what a key such as `__proto__` or `toString` would find on the prototype. */
export function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * Parses JSON text from outside. Duplicate keys: the last wins; a `__proto__` key is an ordinary key.
 * @throws HubError DeserializationError when it is no JSON, nests deeper than `LIMITS.jsonDepth`, or holds a NUL, a lone surrogate
 * or a number beyond IEEE doubles, which no store keeps (design 3.12).
 */
export function parseJson(text: string): JsonValue {
  let value: JsonValue;
  try {
    value = parseNatively(text);
  } catch (error) {
    throw new HubError('DeserializationError', 'The body is not valid JSON.', { cause: error });
  }
  checkStorable(value, 0);
  if (!text.includes('\\')) return value;
  // Only after the check above, which bounds the depth.
  const exact = parseExactly(text);
  checkStorable(exact, 0);
  return exact;
}

/** Parses text that the hub itself made of a value that was checked before. */
export function parseOwnJson(text: string): JsonValue {
  return text.includes('\\') ? parseExactly(text) : parseNatively(text);
}

/** Like `parseJson`, from the bytes of a body. @throws HubError DeserializationError also when the bytes are no UTF-8. */
export function parseJsonBytes(bytes: Uint8Array): JsonValue {
  let text: string;
  try {
    text = strictUtf8.decode(bytes);
  } catch (error) {
    throw new HubError('DeserializationError', 'The body is not valid UTF-8.', { cause: error });
  }
  return parseJson(text);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function parseNatively(text: string): JsonValue {
  // JSON.parse is typed `any`; by its definition it returns a JSON value.
  return JSON.parse(text) as JsonValue;
}

/** Each string of a JSON text, and what makes it a key. */
const STRINGS = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/g;

/** What must be escaped in a JSON string, and the sign that stands for it meanwhile. */
const UNPLAIN = /[%"\\\p{Cc}]/gu;

/**
 * JSON.parse may take a key that is written with an escape for another key that it read before (nodejs/node#63785). Here keys are parsed in a
 * form that needs no escape and put back afterwards.
 */
function parseExactly(text: string): JsonValue {
  if (!hasEscapedKey(text)) return parseNatively(text);
  const plain = text.replace(STRINGS, (whole, literal: string, colon: string | undefined) =>
    colon === undefined ? whole : `"${plainKey(literal)}":`,
  );
  return withKeysBack(parseNatively(plain));
}

function hasEscapedKey(text: string): boolean {
  return text.matchAll(STRINGS).some(([, literal, colon]) => colon !== undefined && literal?.includes('\\'));
}

function plainKey(literal: string): string {
  // The literal of a string parses to a string.
  const key = JSON.parse(literal) as string;
  return key.replace(UNPLAIN, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function withKeysBack(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (!isJsonObject(value)) return value.map(withKeysBack);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [keyBack(key), withKeysBack(child)]));
}

function keyBack(plain: string): string {
  return plain.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function checkStorable(value: JsonValue, depth: number): void {
  if (typeof value === 'string') checkText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new HubError('DeserializationError', 'The JSON holds a number too large for an IEEE double.');
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth === LIMITS.jsonDepth.value) {
    throw new HubError('DeserializationError', `The JSON nests deeper than ${LIMITS.jsonDepth.value} levels.`);
  }
  if (!isJsonObject(value)) {
    for (const item of value) checkStorable(item, depth + 1);
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    checkText(key);
    checkStorable(child, depth + 1);
  }
}

function checkText(text: string): void {
  if (text.includes('\0')) throw new HubError('DeserializationError', 'The JSON holds the character U+0000, which no store keeps.');
  if (!text.isWellFormed()) throw new HubError('DeserializationError', 'The JSON holds half of a surrogate pair, which no store keeps.');
}
