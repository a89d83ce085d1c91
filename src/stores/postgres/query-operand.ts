// What an operand of a condition is in PostgreSQL's SQL: where its value comes from, and what is known of its kind beforehand.
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import type { Path, PathStep } from '../../domain/query/ast.ts';
import { valueAt } from '../../domain/query/evaluate.ts';
import { SAME_IN_EVERY_MODULE_TWIN, SAME_IN_EVERY_TWIN } from '../../domain/twin/twin-document.ts';
import type { Bindings } from './query-bindings.ts';

export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'object';

/** `missing`: never there. `json`: of any kind. */
export type Operand = { readonly form: 'missing' } | FixedOperand | JsonOperand;

/**
 * Of one kind wherever it is there; `value` is SQL, and its NULL means that nothing is there. A number is a double, a string a text, and of JSON's null and of an object
 * `value` says only that it is there, by `true`. `json`: the same as JSONB; of a number it has the digits that JSON has, so a computed one is without it.
 */
export type FixedOperand = {
  readonly form: 'fixed';
  readonly kind: Kind;
  readonly value: string;
  readonly json: string | undefined;
  /** It is the same for all documents, and there. */
  readonly isConstant?: true;
};

/** `value`: SQL for JSONB, NULL where nothing is there. `text`: SQL for the text of a string, and some other text or NULL for all other kinds. */
export type JsonOperand = { readonly form: 'json'; readonly value: string; readonly text: string };

/** What a path of the documents of a collection is in its tables. */
export type OperandOfPath = (path: Path, bindings: Bindings) => Operand;

export const MISSING: Operand = { form: 'missing' };

/** Root properties with a column of their own, and those that are made of several columns, as JSON; and what is the same in every document. */
type TwinTables = {
  /** The table of identities. */
  readonly identity: string;
  readonly columns: ReadonlyMap<string, FixedOperand>;
  readonly documents: ReadonlyMap<string, string>;
  readonly same: JsonObject;
};

/** `t` is the table of twins, which has the id of the device too. The etag is what `formatTwinEtag` makes of the counter. */
const TWIN_COLUMNS: ReadonlyMap<string, FixedOperand> = new Map([
  ['deviceId', text('t.device_id')],
  ['etag', text("encode(int8send(t.etag_counter), 'base64')")],
  ['version', integer('t.version')],
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
    ['x509Thumbprint', "jsonb_build_object('PrimaryThumbprint', d.primary_thumbprint, 'SecondaryThumbprint', d.secondary_thumbprint)"],
    ['capabilities', "jsonb_build_object('iotEdge', d.iot_edge)"],
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
    ['x509Thumbprint', "jsonb_build_object('PrimaryThumbprint', m.primary_thumbprint, 'SecondaryThumbprint', m.secondary_thumbprint)"],
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
export function operandOfTwinPath(path: Path, bindings: Bindings): Operand {
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
    const members = SECTIONS.entries().map(([name, section]) => `'${name}', ${jsonOfSection(section)}`);
    return objectOperand(`jsonb_build_object(${[...members].join()})`);
  }
  const section = SECTIONS.get(sectionName);
  if (!section) return MISSING;
  const [first, ...rest] = inner;
  if (first === '$version') return rest.length === 0 ? integer(section.version) : MISSING;
  if (first === '$metadata') return jsonOperand(section.metadata, rest, bindings);
  return inner.length === 0 ? objectOperand(jsonOfSection(section)) : jsonOperand(section.properties, inner, bindings);
}

function jsonOfSection({ properties, metadata, version }: Section): string {
  return `(${properties} || jsonb_build_object('$metadata', ${metadata}, '$version', ${version}))`;
}

/** A value that is known beforehand. No such value is an array. */
export function operandOfValue(value: JsonValue | undefined, bindings: Bindings): Operand {
  if (value === undefined) return MISSING;
  const json = JSON.stringify(value);
  if (isJsonObject(value)) return objectOperand(bindings.bind(json, 'jsonb'));
  if (value === null) return { form: 'fixed', kind: 'null', value: 'true', json: `'null'::jsonb` };
  // A cast of JSON text is done once for a statement, unlike to_jsonb().
  const constant = { form: 'fixed', isConstant: true } as const;
  const digits = bindings.bind(json, 'text');
  if (typeof value === 'string') return { ...constant, kind: 'string', value: bindings.bind(value, 'text'), json: `${digits}::jsonb` };
  if (typeof value === 'number') return { ...constant, kind: 'number', value: `${digits}::double precision`, json: `${digits}::jsonb` };
  return typeof value === 'boolean' ? { ...constant, kind: 'boolean', value: json, json: `'${json}'::jsonb` } : MISSING;
}

/** Goes from object to object: `->` with a text finds nothing inside of an array. Names are bound. */
export function jsonOperand(column: string, steps: readonly PathStep[], bindings: Bindings): JsonOperand {
  const names = steps.filter((step) => typeof step === 'string');
  if (names.length < steps.length) {
    return jsonColumn(`jsonb_path_query_first(${column}, ${bindings.bind(jsonPath(steps), 'jsonpath')}, '{}', true)`);
  }
  const bound = names.map((name) => bindings.bind(name, 'text'));
  const last = bound.pop();
  if (last === undefined) return jsonColumn(column);
  const object = [column, ...bound].join(' -> ');
  return { form: 'json', value: `(${object} -> ${last})`, text: `(${object} ->> ${last})` };
}

/** `->` with a number would take a text, a number or a truth for an array of itself. A path that is strict does not, and silent it finds nothing instead of failing. */
function jsonPath(steps: readonly PathStep[]): string {
  return `strict $${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${JSON.stringify(step)}`)).join('')}`;
}

/** @param value SQL for JSONB. */
export function jsonColumn(value: string): JsonOperand {
  return { form: 'json', value, text: `(${value} #>> '{}')` };
}

/** An object that is always there, unless SQL says otherwise. */
export function objectOperand(json: string, value = 'true'): FixedOperand {
  return { form: 'fixed', kind: 'object', value, json };
}

export function text(value: string): FixedOperand {
  return { form: 'fixed', kind: 'string', value, json: `to_jsonb(${value})` };
}

/** A number without a fraction in a column. */
function integer(column: string): FixedOperand {
  return { form: 'fixed', kind: 'number', value: `${column}::double precision`, json: `to_jsonb(${column})` };
}
