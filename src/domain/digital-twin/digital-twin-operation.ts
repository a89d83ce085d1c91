// What a patch of a digital twin asks for, once it is read.
import type { JsonObject, JsonValue } from '../json.ts';

/** Of a property of the root, of a component, or of a property of a component. */
export type DigitalTwinPath = readonly [root: string, property?: string];

/**
 * `set` writes the desired value of a property; `setComponent` those of all properties of a component, and clears the others; `remove` clears
 * those at the path.
 */
export type DigitalTwinOperation =
  | { readonly kind: 'set'; readonly path: DigitalTwinPath; readonly value: JsonValue }
  | { readonly kind: 'setComponent'; readonly path: readonly [component: string]; readonly properties: JsonObject }
  | { readonly kind: 'remove'; readonly path: DigitalTwinPath };
