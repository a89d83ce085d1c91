// Which properties and values of the API's schemas stand in answers, so that those that never do can be told.
import type { AnswerSchemas } from './answer-schemas.ts';
import type { Schema } from './service-api.ts';

/** Adds `NAME.property`, and `NAME.property=VALUE` for enumerations, for everything of a definition that stands in the value. */
export function addAnsweredParts(
  parts: Set<string>,
  value: unknown,
  place: { readonly schema: Schema; readonly schemas: AnswerSchemas },
): void {
  const { schemas } = place;
  const name = place.schema.$ref?.replace('#/definitions/', '');
  const schema = name === undefined ? place.schema : (schemas.definitions[name] ?? {});
  if (Array.isArray(value)) {
    for (const item of value) addAnsweredParts(parts, item, { schema: schema.items ?? {}, schemas });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const property = schema.properties?.[key];
    if (property === undefined) continue;
    if (name !== undefined) parts.add(`${name}.${key}`);
    if (name !== undefined && property.enum) parts.add(`${name}.${key}=${String(child)}`);
    addAnsweredParts(parts, child, { schema: property, schemas });
  }
}

/** Everything that the definitions have which a schema leads to, named as above. */
export function knownParts(schema: Schema, schemas: AnswerSchemas, parts = new Set<string>()): ReadonlySet<string> {
  const name = schema.$ref?.replace('#/definitions/', '');
  const { properties = {}, items } = name === undefined ? schema : (schemas.definitions[name] ?? {});
  if (items) knownParts(items, schemas, parts);
  for (const [key, property] of Object.entries(properties)) {
    if (name !== undefined) parts.add(`${name}.${key}`);
    if (name !== undefined) for (const value of property.enum ?? []) parts.add(`${name}.${key}=${String(value)}`);
    knownParts(property, schemas, parts);
  }
  return parts;
}
