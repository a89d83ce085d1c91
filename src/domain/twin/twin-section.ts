// What may stand in tags, desired and reported properties, and how large such a section counts (behaviour 3.2).
import { HubError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import type { TwinSectionName } from './twin.ts';

/**
 * Checks a section or a patch of one, and takes off the top-level `$metadata` and `$version` that come along when a whole twin is sent back.
 * The size is not checked here: a patch says nothing about the size of the section it leads to.
 * @throws HubError ArgumentInvalid that names the key.
 */
export function checkTwinSection(value: JsonValue, name: TwinSectionName): JsonObject {
  if (!isJsonObject(value)) throw invalid(`'${name}' must be a JSON object.`);
  const section = withoutEnvelope(value);
  checkObject(section, { depth: 0, inArray: false });
  return section;
}

/**
 * The size that counts against the limit of a section: keys and strings as UTF-8 bytes without control characters, 8 for a number, 4 for
 * a boolean; objects and arrays are what they hold.
 */
export function sectionSize(value: JsonValue): number {
  if (typeof value === 'string') return countedBytes(value);
  if (typeof value === 'number') return 8;
  if (typeof value === 'boolean') return 4;
  if (value === null) return 0;
  let size = 0;
  if (isJsonObject(value)) {
    for (const [key, child] of Object.entries(value)) size += countedBytes(key) + sectionSize(child);
  } else {
    for (const item of value) size += sectionSize(item);
  }
  return size;
}

/** Every character, key and value of a section counts here, also those that `sectionSize` leaves out. */
export function sectionWeight(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 1;
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  if (isJsonObject(value)) {
    for (const [key, child] of Object.entries(value)) weight += key.length + sectionWeight(child);
  } else {
    for (const item of value) weight += sectionWeight(item);
  }
  return weight;
}

/** `depth` counts the objects and arrays below the section that enclose a value. */
type Place = { readonly depth: number; readonly inArray: boolean };

function withoutEnvelope(section: JsonObject): JsonObject {
  if (!Object.hasOwn(section, '$metadata') && !Object.hasOwn(section, '$version')) return section;
  return Object.fromEntries(Object.entries(section).filter(([key]) => key !== '$metadata' && key !== '$version'));
}

function checkObject(object: JsonObject, place: Place): void {
  for (const [key, value] of Object.entries(object)) {
    checkKey(key);
    checkValue(key, value, place);
  }
}

function checkValue(key: string, value: JsonValue, place: Place): void {
  if (value === null) {
    // The service's own words, missing space included (behaviour 3.5).
    if (place.inArray) throw invalid(`Value of Property or Tag cannot be null. Error inProperty/Tag ${shown(key)}`);
    return;
  }
  if (typeof value === 'string') checkString(key, value);
  if (typeof value === 'number') checkNumber(key, value);
  if (typeof value === 'object') checkContainer(key, value, place);
}

function checkContainer(key: string, value: JsonObject | readonly JsonValue[], place: Place): void {
  const depth = place.depth + 1;
  if (depth > LIMITS.twinDepth.value) {
    throw invalid(`Properties and tags may nest at most ${LIMITS.twinDepth.value} levels deep. Error in Property/Tag ${shown(key)}`);
  }
  if (isJsonObject(value)) checkObject(value, { depth, inArray: place.inArray });
  else for (const item of value) checkValue(key, item, { depth, inArray: true });
}

/** Live facts, Twins; behaviour 3.2 adds that all white space is refused. An empty key is accepted. */
const FORBIDDEN_IN_KEY = /[\p{Cc}.$#\s]/u;

function checkKey(key: string): void {
  if (FORBIDDEN_IN_KEY.test(key)) {
    throw invalid(`Keys may not hold control characters, white space, '.', '$' or '#'. Error in Property/Tag ${shown(key)}`);
  }
  if (isLongerThan(key, LIMITS.twinKeyBytes.value)) {
    throw invalid(`Property or Tag key should be maximum ${LIMITS.twinKeyBytes.value} bytes. Error in Property/Tag ${shown(key)}`);
  }
}

function checkString(key: string, value: string): void {
  if (isLongerThan(value, LIMITS.twinStringBytes.value)) {
    throw invalid(`Property or Tag value should be maximum ${LIMITS.twinStringBytes.value} bytes. Error in Property/Tag ${shown(key)}`);
  }
}

function checkNumber(key: string, value: number): void {
  const max = LIMITS.twinIntegerMax.value;
  if (Number.isInteger(value) && (value > max || value < -max - 1)) {
    throw invalid(`Integers must be between ${-max - 1} and ${max}. Error in Property/Tag ${shown(key)}`);
  }
}

const SHOWN_KEY_CHARS = 64;

function shown(key: string): string {
  return key.length <= SHOWN_KEY_CHARS ? key : `${key.slice(0, SHOWN_KEY_CHARS)}…`;
}

function isLongerThan(text: string, maxBytes: number): boolean {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so short texts need no counting.
  return text.length * 3 > maxBytes && utf8.encode(text).length > maxBytes;
}

const utf8 = new TextEncoder();

function countedBytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) bytes += bytesOfUnit(text.charCodeAt(index));
  return bytes;
}

/** UTF-8 bytes of a UTF-16 unit; each half of a surrogate pair counts for half of its four bytes, a control character for nothing. */
function bytesOfUnit(unit: number): number {
  if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return 0;
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
