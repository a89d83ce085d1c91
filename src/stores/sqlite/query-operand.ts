// What an operand of a condition is in SQL: where its value comes from, and what is known of its kind beforehand.
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import type { Path, PathStep } from '../../domain/query/ast.ts';
import { valueAt } from '../../domain/query/evaluate.ts';
import { SAME_IN_EVERY_MODULE_TWIN, SAME_IN_EVERY_TWIN } from '../../domain/twin/twin-document.ts';
import type { NamedValues, SqlValue } from './driver.ts';

export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'object';

/**
 * `missing`: never there. `fixed`: of one kind wherever it is there; `value` is SQL, and its NULL means that nothing is there. A boolean is 1
 * or 0; JSON's null and an object are 0. `json`: of any kind; `type` is SQL for SQLite's word for it, NULL where nothing is there.
 */
export type Operand = { readonly form: 'missing' } | FixedOperand | JsonOperand;

/** `computed`: the number is a double, while numbers of documents and queries are what their digits say. `json`: SQL for the JSON of an object. */
export type FixedOperand = {
  readonly form: 'fixed';
  readonly kind: Kind;
  readonly value: string;
  readonly computed?: boolean;
  readonly json?: string;
};

/**
 * `place`: arguments of SQLite's functions for JSON. `text`: SQL for the JSON. `columns`: those of an index, which has the rank of the value and the value itself, unless that is an object or an array.
 */
export type JsonOperand = {
  readonly form: 'json';
  readonly type: string;
  readonly value: string;
  readonly place: string;
  readonly text: string;
  readonly columns?: { readonly rank: string; readonly value: string };
};

/** Collects what a statement is given beside its text, and which tables it looks at. The same value is bound once. */
export class Bindings {
  readonly #names = new Map<SqlValue, string>();
  readonly #tables = new Set<string>();

  /** @returns the parameter that stands for the value. */
  bind(value: SqlValue): string {
    const name = this.#names.get(value) ?? `v${this.#names.size + 1}`;
    this.#names.set(value, name);
    return `:${name}`;
  }

  /** A column of this table is used. */
  touch(table: string): void {
    this.#tables.add(table);
  }

  touches(table: string): boolean {
    return this.#tables.has(table);
  }

  get values(): NamedValues {
    return Object.fromEntries(this.#names.entries().map(([value, name]) => [name, value]));
  }
}

export const MISSING: Operand = { form: 'missing' };

/** Root properties with a column of their own, and those that are made of several columns, as JSON; and what is the same in every document. */
type TwinTables = {
  /** The table of identities. */
  readonly identity: string;
  readonly columns: ReadonlyMap<string, FixedOperand>;
  readonly documents: ReadonlyMap<string, string>;
  readonly same: JsonObject;
};

/** `t` is the table of twins, which has the id of the device too. */
const TWIN_COLUMNS: ReadonlyMap<string, FixedOperand> = new Map([
  ['deviceId', text('t.device_id')],
  ['etag', text('twin_etag(t.etag_counter)')],
  ['version', number('t.version')],
]);

/** `d` is the table of devices. */
const DEVICES: TwinTables = {
  identity: 'd',
  columns: new Map([
    ['deviceEtag', text('d.etag')],
    ['status', text('d.status')],
    ['statusReason', text('d.status_reason')],
    ['statusUpdateTime', text('d.status_updated_time')],
    ['connectionState', text('d.connection_state')],
    ['lastActivityTime', text('d.last_activity_time')],
    ['authenticationType', text('d.authentication_type')],
    ['deviceScope', text('d.device_scope')],
    ['modelId', text("nullif(d.model_id, '')")],
  ]),
  documents: new Map([
    ['x509Thumbprint', "json_object('PrimaryThumbprint', d.primary_thumbprint, 'SecondaryThumbprint', d.secondary_thumbprint)"],
    ['capabilities', "json_object('iotEdge', json(iif(d.iot_edge, 'true', 'false')))"],
    // Left out of the document when empty.
    ['parentScopes', "nullif(d.parent_scopes, '[]')"],
  ]),
  same: SAME_IN_EVERY_TWIN,
};

const DEVICES_ALONE: TwinTables = { ...DEVICES, columns: new Map([...DEVICES.columns, ['deviceId', text('d.device_id')]]) };

/** `m` is the table of modules. */
const MODULES: TwinTables = {
  identity: 'm',
  columns: new Map([
    ['deviceId', text('m.device_id')],
    ['moduleId', text('m.module_id')],
    ['deviceEtag', text('m.etag')],
    ['connectionState', text('m.connection_state')],
    ['lastActivityTime', text('m.last_activity_time')],
    ['authenticationType', text('m.authentication_type')],
    ['modelId', text("nullif(m.model_id, '')")],
  ]),
  documents: new Map([
    ['x509Thumbprint', "json_object('PrimaryThumbprint', m.primary_thumbprint, 'SecondaryThumbprint', m.secondary_thumbprint)"],
  ]),
  same: { ...SAME_IN_EVERY_TWIN, ...SAME_IN_EVERY_MODULE_TWIN },
};

/** Where the properties of a section are, their metadata and their version. */
type Section = { readonly properties: string; readonly metadata: string; readonly version: string };

const SECTIONS: ReadonlyMap<PathStep, Section> = new Map([
  ['desired', { properties: 't.desired', metadata: 't.desired_metadata', version: 't.desired_version' }],
  ['reported', { properties: 't.reported', metadata: 't.reported_metadata', version: 't.reported_version' }],
]);

/** What a path of the twin document of a device is in the tables. */
export function operandOfPath(path: Path, bindings: Bindings): Operand {
  return operandIn(DEVICES, path, bindings);
}

/** The same where the table of twins is left out, for paths that lead into none. */
export function operandOfDevicePath(path: Path, bindings: Bindings): Operand {
  return operandIn(DEVICES_ALONE, path, bindings);
}

/** What a path of the twin document of a module is in the tables. */
export function operandOfModulePath(path: Path, bindings: Bindings): Operand {
  return operandIn(MODULES, path, bindings);
}

function operandIn({ identity, columns, documents, same }: TwinTables, { steps }: Path, bindings: Bindings): Operand {
  const [root, ...inner] = steps;
  if (root === 'tags') return jsonOperand('t.tags', inner, bindings);
  if (root === 'properties') return operandOfProperties(inner, bindings);
  const column = columns.get(root);
  const document = documents.get(root);
  if (column !== undefined || document !== undefined) bindings.touch(identity);
  if (document !== undefined) return jsonOperand(document, inner, bindings);
  const own = column ?? TWIN_COLUMNS.get(root);
  if (own) return inner.length === 0 ? own : MISSING;
  return operandOfValue(valueAt({ kind: 'path', steps }, same), bindings);
}

function operandOfProperties([sectionName, ...inner]: readonly PathStep[], bindings: Bindings): Operand {
  if (sectionName === undefined) {
    const members = SECTIONS.entries().map(([name, section]) => `'${name}', json(${jsonOfSection(section)})`);
    return objectOperand(`json_object(${[...members].join()})`);
  }
  const section = SECTIONS.get(sectionName);
  if (!section) return MISSING;
  const [first, ...rest] = inner;
  if (first === '$version') return rest.length === 0 ? number(section.version) : MISSING;
  if (first === '$metadata') return jsonOperand(section.metadata, rest, bindings);
  return inner.length === 0 ? objectOperand(jsonOfSection(section)) : jsonOperand(section.properties, inner, bindings);
}

function jsonOfSection({ properties, metadata, version }: Section): string {
  return `json_set(${properties}, '$."$metadata"', json(${metadata}), '$."$version"', ${version})`;
}

/** A value that is known beforehand. No such value is an array. */
export function operandOfValue(value: JsonValue | undefined, bindings: Bindings): Operand {
  if (value === undefined) return MISSING;
  if (value === null) return { form: 'fixed', kind: 'null', value: '0' };
  if (typeof value === 'boolean') return { form: 'fixed', kind: 'boolean', value: value ? '1' : '0' };
  if (typeof value === 'string') return text(bindings.bind(value));
  if (typeof value === 'number' && Number.isSafeInteger(value)) return number(bindings.bind(value));
  // As JSON, like the numbers of documents: of an integer beyond 2^53 SQLite reads every digit, which a bound double would not equal.
  if (typeof value === 'number') return number(`json_extract(${bindings.bind(JSON.stringify(value))}, '$')`);
  return isJsonObject(value) ? objectOperand(bindings.bind(JSON.stringify(value))) : MISSING;
}

/** Its path is bound. */
export function jsonOperand(column: string, steps: readonly PathStep[], bindings: Bindings): JsonOperand {
  const path = bindings.bind(jsonPath(steps));
  const place = `${column}, ${path}`;
  return { form: 'json', type: `json_type(${place})`, value: `json_extract(${place})`, place, text: `(${column} -> ${path})` };
}

/** A name is a JSON string in quotes, in which no other character of SQLite's path language has a meaning. */
export function jsonPath(steps: readonly PathStep[]): string {
  return `$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${JSON.stringify(step)}`)).join('')}`;
}

/** An object that is always there, unless SQL says otherwise. */
export function objectOperand(json: string, value = '0'): FixedOperand {
  return { form: 'fixed', kind: 'object', value, json };
}

export function text(value: string): FixedOperand {
  return { form: 'fixed', kind: 'string', value };
}

function number(value: string): FixedOperand {
  return { form: 'fixed', kind: 'number', value };
}
