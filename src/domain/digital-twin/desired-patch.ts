// What a patch of a digital twin means for desired properties.
import { HubError } from '../errors.ts';
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';
import { replacingPatch } from '../twin/merge-patch.ts';
import { COMPONENT_MARK, isComponent, propertiesOfComponent, readAcknowledgement } from './conventions.ts';
import type { DigitalTwinOperation } from './digital-twin-operation.ts';

/** Properties of a twin. */
type Sections = { readonly desired: JsonObject; readonly reported: JsonObject };

/** What the operations so far came to under one name of the root. A value of `undefined` is cleared. */
type Root =
  | { readonly kind: 'untouched' }
  | { readonly kind: 'property'; readonly value: JsonValue | undefined }
  | { readonly kind: 'component'; readonly properties: ReadonlyMap<string, JsonValue | undefined> };

/**
 * The merge patch of desired properties that does what the operations ask for, one after the other. It names every property that they set, and
 * null for those that they clear; a component keeps its mark, by which devices know it. To clear what is not set changes nothing.
 * @returns `undefined` when nothing is written.
 * @throws HubError ArgumentInvalid when a name is a component in the twin and not in the operation, or the other way round, and when a property
 * is set that the device reports without an acknowledgement: that one is read-only.
 */
export function desiredPatchOf(sections: Sections, operations: readonly DigitalTwinOperation[]): JsonObject | undefined {
  const roots = new Map<string, Root>();
  for (const operation of operations) {
    const [name] = operation.path;
    const before = roots.get(name) ?? { kind: 'untouched' };
    checkKind({ name, isComponent: namesComponent(operation), before, sections });
    roots.set(name, after(before, operation, sections));
  }
  const entries = [...roots].flatMap(([name, root]) => entryOf(name, root, sections.desired));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** `undefined` when it may be either: the removal of a name of the root. */
function namesComponent(operation: DigitalTwinOperation): boolean | undefined {
  if (operation.kind === 'setComponent' || operation.path.length > 1) return true;
  return operation.kind === 'remove' ? undefined : false;
}

type KindCheck = { readonly name: string; readonly isComponent: boolean | undefined; readonly before: Root; readonly sections: Sections };

function checkKind({ name, isComponent: wanted, before, sections }: KindCheck): void {
  const kinds = new Set<boolean>();
  for (const section of [sections.desired, sections.reported]) {
    const value = ownValue(section, name);
    if (value !== undefined) kinds.add(isComponent(value));
  }
  if (before.kind !== 'untouched') kinds.add(before.kind === 'component');
  if (kinds.size > 1 || (wanted === true && kinds.has(false))) throw notConformant(name);
  if (wanted === false && kinds.has(true)) {
    throw new HubError('ArgumentInvalid', `'${name}' is a component, so that its value needs an empty $metadata object.`);
  }
}

function after(before: Root, operation: DigitalTwinOperation, sections: Sections): Root {
  const [name, property] = operation.path;
  const stored = ownValue(sections.desired, name);
  switch (operation.kind) {
    case 'setComponent':
      return component(before, [...cleared(namesIn(before, stored)), ...writable(name, operation.properties, sections)]);
    case 'set':
      if (property !== undefined) return component(before, writable(name, { [property]: operation.value }, sections));
      checkWritable(name, ownValue(sections.reported, name));
      return { kind: 'property', value: operation.value };
    case 'remove': {
      if (before.kind === 'component' || isComponent(stored)) {
        const names = namesIn(before, stored).filter((one) => property === undefined || one === property);
        return names.length === 0 ? before : component(before, cleared(names));
      }
      return before.kind === 'property' || stored !== undefined ? { kind: 'property', value: undefined } : before;
    }
  }
}

type Written = readonly [name: string, value: JsonValue | undefined];

function component(before: Root, written: readonly Written[]): Root {
  const properties = before.kind === 'component' ? before.properties : [];
  return { kind: 'component', properties: new Map([...properties, ...written]) };
}

function cleared(names: readonly string[]): readonly Written[] {
  return names.map((name) => [name, undefined]);
}

/** The properties of a component that have a desired value, or were written in this patch. */
function namesIn(before: Root, stored: JsonValue | undefined): readonly string[] {
  return [
    ...(isComponent(stored) ? Object.keys(propertiesOfComponent(stored)) : []),
    ...(before.kind === 'component' ? before.properties.keys() : []),
  ];
}

function writable(componentName: string, properties: JsonObject, { reported }: Sections): readonly Written[] {
  const told = ownValue(reported, componentName);
  return Object.entries(properties).map(([name, value]) => {
    checkWritable(name, isJsonObject(told) ? ownValue(told, name) : undefined);
    return [name, value];
  });
}

function checkWritable(name: string, told: JsonValue | undefined): void {
  if (told !== undefined && readAcknowledgement(told) === undefined) throw notConformant(name);
}

/** The words of the service, without the semicolon that SDKs would split at, and the way out. */
function notConformant(name: string): HubError {
  return new HubError(
    'ArgumentInvalid',
    `'${name}' exists within the device twin and is not digital twin conformant property. Write it through the device twin.`,
  );
}

function entryOf(name: string, root: Root, desired: JsonObject): readonly (readonly [string, JsonValue])[] {
  const stored = ownValue(desired, name);
  switch (root.kind) {
    case 'untouched':
      return [];
    case 'property':
      return [[name, valuePatch(stored, root.value)]];
    case 'component': {
      const inside = isJsonObject(stored) ? stored : {};
      const properties = [...root.properties].map(([property, value]) => [property, valuePatch(ownValue(inside, property), value)]);
      return [[name, { ...COMPONENT_MARK, ...Object.fromEntries(properties) }]];
    }
  }
}

/** Puts a value in the place of another, where objects would merge. */
function valuePatch(stored: JsonValue | undefined, value: JsonValue | undefined): JsonValue {
  if (value === undefined) return null;
  return isJsonObject(value) ? replacingPatch(isJsonObject(stored) ? stored : {}, value) : value;
}
