// A twin in the form of digital twins: what a device reports and what it shall be stand together, property by property.
import type { Identity } from '../identity/module.ts';
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';
import type { Twin, TwinSection } from '../twin/twin.ts';
import { isComponent, propertiesOfComponent, readAcknowledgement } from './conventions.ts';
import { formatDigitalTwinId } from './digital-twin-id.ts';

/**
 * The document of the service API. A property has the value that the device reports; its desired value, and what the device says of that,
 * stand in `$metadata` beside it. A component holds the same of its own. `$model` is absent where nobody announced one.
 */
export function digitalTwinDocument(identity: Identity, twin: Twin): JsonObject {
  const { values, metadata } = contentsOf({ desired: sideOf(twin.desired), reported: sideOf(twin.reported) }, componentOf);
  const model = identity.modelId === '' ? {} : { $model: identity.modelId };
  return { $dtId: formatDigitalTwinId(twin), ...values, $metadata: { ...model, ...metadata } };
}

/** The properties of the root or of a component, as one section of the twin has them. */
type Side = { readonly properties: JsonObject; readonly metadata: JsonObject; readonly version: number };

type Sides = { readonly desired: Side; readonly reported: Side };

type Contents = { readonly values: JsonObject; readonly metadata: JsonObject };

function sideOf({ properties, metadata, version }: TwinSection): Side {
  return { properties, metadata, version };
}

/** @param asComponent shows a name that is a component; `undefined` when it is none. */
function contentsOf({ desired, reported }: Sides, asComponent: (name: string, sides: Sides) => Contents | undefined): Contents {
  const values: [string, JsonValue][] = [];
  const metadata: [string, JsonObject][] = [];
  for (const name of new Set([...Object.keys(reported.properties), ...Object.keys(desired.properties)])) {
    const component = asComponent(name, { desired, reported });
    if (component) {
      if (isShown(component, reported, name)) values.push([name, { ...component.values, $metadata: component.metadata }]);
      continue;
    }
    const { value, entry } = propertyOf(name, { desired, reported });
    if (value !== undefined) values.push([name, value]);
    metadata.push([name, entry]);
  }
  return { values: Object.fromEntries(values), metadata: Object.fromEntries(metadata) };
}

/** A component of which a back end has removed everything, and of which the device says nothing, is gone. */
function isShown({ metadata }: Contents, reported: Side, name: string): boolean {
  return Object.keys(metadata).length > 0 || Object.hasOwn(reported.properties, name);
}

/** One mark is enough; a side without it is shown as far as it is an object. Components hold no components. */
function componentOf(name: string, { desired, reported }: Sides): Contents | undefined {
  if (!isComponent(ownValue(desired.properties, name)) && !isComponent(ownValue(reported.properties, name))) return undefined;
  return contentsOf({ desired: sideBelow(desired, name), reported: sideBelow(reported, name) }, () => undefined);
}

function sideBelow({ properties, metadata, version }: Side, name: string): Side {
  return { properties: propertiesOfComponent(objectAt(properties, name)), metadata: objectAt(metadata, name), version };
}

/** `value` is absent until the device reports one. */
type ShownProperty = { readonly value: JsonValue | undefined; readonly entry: JsonObject };

function propertyOf(name: string, { desired, reported }: Sides): ShownProperty {
  const wanted = ownValue(desired.properties, name);
  const told = ownValue(reported.properties, name);
  const acknowledgement = readAcknowledgement(told);
  return {
    value: acknowledgement ? acknowledgement.value : told,
    entry: {
      ...(wanted !== undefined && { desiredValue: wanted, desiredVersion: versionOf(desired, name) }),
      ...(acknowledgement?.version !== undefined && { ackVersion: acknowledgement.version }),
      ...(acknowledgement && { ackCode: acknowledgement.code }),
      ...(acknowledgement?.description !== undefined && { ackDescription: acknowledgement.description }),
      ...(told !== undefined && { lastUpdateTime: ownValue(objectAt(reported.metadata, name), '$lastUpdated') ?? null }),
    },
  };
}

/** Of the write that touched the property last. */
function versionOf({ metadata, version }: Side, name: string): JsonValue {
  return ownValue(objectAt(metadata, name), '$lastUpdatedVersion') ?? version;
}

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = ownValue(parent, key);
  return isJsonObject(value) ? value : {};
}
