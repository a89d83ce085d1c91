// The body of a digital twin PATCH: JSON Patch [RFC 6902] on what a back end may write there.
import { HubError } from '../errors.ts';
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { checkTwinSection } from '../twin/twin-section.ts';
import type { DigitalTwinOperation, DigitalTwinPath } from './digital-twin-operation.ts';

/**
 * Reads operations in their order. Of JSON Patch there are `add`, `replace` and `remove`, the documented ones. Whether a path fits the twin is
 * not known here.
 * @throws HubError InvalidDigitalTwinJsonPatch for what is no such patch, InvalidDigitalTwinPatchPath for a path to nothing that can be written,
 * ArgumentInvalid for a value that breaks the rules of DTDL or of twins.
 */
export function parseDigitalTwinPatch(body: JsonValue): readonly DigitalTwinOperation[] {
  if (!isList(body)) throw noPatch('The body must be an array of JSON Patch operations.');
  const max = LIMITS.digitalTwinOperations.value;
  if (body.length > max) throw noPatch(`A patch of a digital twin has at most ${max} operations. Send several patches.`);
  return body.map(parseOperation);
}

function parseOperation(operation: JsonValue, index: number): DigitalTwinOperation {
  if (!isJsonObject(operation)) throw noPatch(`Operation ${index} must be a JSON object.`);
  const op = ownValue(operation, 'op');
  if (op !== 'add' && op !== 'replace' && op !== 'remove') throw noPatch(`The op of operation ${index} must be add, replace or remove.`);
  const path = parsePath(ownValue(operation, 'path'), index);
  if (op === 'remove') return { kind: 'remove', path };
  const value = ownValue(operation, 'value');
  if (value === undefined) throw noPatch(`Operation ${index} needs a value.`);
  return isJsonObject(value) && Object.hasOwn(value, MARK) ? componentWrite(path, value) : propertyWrite(path, value);
}

/** Makes a value a component, in digital twins. */
const MARK = '$metadata';

function componentWrite([component, property]: DigitalTwinPath, value: JsonObject): DigitalTwinOperation {
  if (property !== undefined) throw new HubError('ArgumentInvalid', `'${property}' cannot be a component: components hold no components.`);
  const mark = ownValue(value, MARK);
  if (!isJsonObject(mark) || Object.keys(mark).length > 0) {
    throw new HubError('ArgumentInvalid', `The ${MARK} of the component '${component}' must be an empty object.`);
  }
  const properties = Object.fromEntries(Object.entries(value).filter(([name]) => name !== MARK));
  checkValue(component, properties, 0);
  checkTwinSection({ [component]: properties }, 'desired');
  return { kind: 'setComponent', path: [component], properties };
}

function propertyWrite(path: DigitalTwinPath, value: JsonValue): DigitalTwinOperation {
  const [root, property = root] = path;
  checkValue(property, value, 1);
  checkTwinSection({ [property]: value }, 'desired');
  return { kind: 'set', path, value };
}

/** A JSON Pointer [RFC 6901] of one or two names. */
function parsePath(pointer: JsonValue | undefined, index: number): DigitalTwinPath {
  if (typeof pointer !== 'string') throw noPatch(`The path of operation ${index} must be a string.`);
  const [before, root = '', property, ...more] = pointer.split('/').map(unescaped);
  const isGood = before === '' && isName(root) && (property === undefined || isName(property)) && more.length === 0;
  if (isGood) return property === undefined ? [root] : [root, property];
  throw new HubError(
    'InvalidDigitalTwinPatchPath',
    `Nothing can be written at '${pointer}'. A path is /property, /component or /component/property, each in ${NAME_RULE}.`,
  );
}

/** A lone `~` stays, and is no part of any name. */
function unescaped(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Names of DTDL version 2. */
const NAME = /^[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?$/;
const NAME_RULE = `1 to ${LIMITS.dtdlNameChars.value} letters, digits and _ that begin with a letter and do not end with _`;

function isName(text: string): boolean {
  return text.length <= LIMITS.dtdlNameChars.value && NAME.test(text);
}

/** @param level how many objects of the property there are down to this value, itself included if it is one. */
function checkValue(name: string, value: JsonValue, level: number): void {
  if (value === null) throw invalidValue(name, 'it is null. Use the operation remove to clear a property');
  if (isList(value)) throw invalidValue(name, 'properties hold no arrays');
  if (!isJsonObject(value)) return;
  if (level > LIMITS.dtdlDepth.value) throw invalidValue(name, `objects nest at most ${LIMITS.dtdlDepth.value} levels deep`);
  for (const [field, child] of Object.entries(value)) {
    if (!isName(field)) throw invalidValue(name, `the name of a field must be ${NAME_RULE}`);
    checkValue(field, child, level + 1);
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function noPatch(message: string): HubError {
  return new HubError('InvalidDigitalTwinJsonPatch', message);
}

function invalidValue(name: string, because: string): HubError {
  return new HubError('ArgumentInvalid', `The value of '${name}' is no value of a digital twin property: ${because}.`);
}
