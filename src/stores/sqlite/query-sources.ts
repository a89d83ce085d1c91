// The tables that stand for each collection after FROM.
import type { Collection } from '../../domain/query/ast.ts';
import type { TwinCollection } from '../../ports/query-store.ts';
import { operandOfDeviceJobPath } from './device-job-operand.ts';
import type { OperandOfPath } from './query-compiler.ts';
import { type Bindings, operandOfDevicePath, operandOfModulePath, operandOfPath } from './query-operand.ts';

/**
 * `tables`: what follows FROM in SQL. `scanned`: a column of the table that a search goes through; `undefined` where it is fast whatever it meets. `counted`: the tables, each with a column of its
 * own. `ids`: the columns that tell documents apart, in their order. `terms`: what stands in WHERE beside the condition.
 */
export type Source = {
  readonly tables: (bindings: Bindings) => string;
  readonly scanned: string | undefined;
  readonly counted: Readonly<Record<string, string>>;
  readonly ids: readonly string[];
  readonly pathOperand: OperandOfPath;
  readonly terms?: (bindings: Bindings) => string;
};

export const SOURCES: Readonly<Record<Collection, Source>> = {
  devices: {
    // Every twin of a device has its device, which needs to be looked at only for what it says itself.
    tables: (bindings) => `twins as t ${bindings.touches('d') ? 'join devices as d on d.device_id = t.device_id' : ''}`,
    terms: () => `t.module_id = ''`,
    scanned: 't.device_id',
    counted: { t: 't.device_id', d: 'd.device_id' },
    ids: ['t.device_id'],
    pathOperand: operandOfPath,
  },
  'devices.modules': {
    // Modules first: most twins may be those of devices.
    tables: () => 'modules as m cross join twins as t on t.device_id = m.device_id and t.module_id = m.module_id',
    scanned: 'm.device_id',
    counted: { m: 'm.device_id', t: 't.device_id' },
    ids: ['m.device_id', 'm.module_id'],
    pathOperand: operandOfModulePath,
  },
  'devices.jobs': {
    tables: () => 'jobs as j cross join job_devices as r on r.job_key = j.job_key',
    scanned: 'r.device_id',
    counted: { j: 'j.job_id', r: 'r.device_id' },
    ids: ['j.job_id', 'r.device_id'],
    pathOperand: operandOfDeviceJobPath,
  },
};

/** For searches that ask nothing of twins. */
export const IDENTITIES_ALONE: Readonly<Record<TwinCollection, Source>> = {
  devices: {
    tables: () => 'devices as d',
    scanned: 'd.device_id',
    counted: { d: 'd.device_id' },
    ids: ['d.device_id'],
    pathOperand: operandOfDevicePath,
  },
  'devices.modules': {
    ...SOURCES['devices.modules'],
    tables: () => 'modules as m',
    counted: { m: 'm.device_id' },
  },
};

/** A power of two. */
const ROWS_PER_LOOK = 256;

/** About how many rows a scan went through that counted in this map; `undefined` where they were few. */
export function rowsIn(seen: ReadonlyMap<string, number>): number | undefined {
  const looks = seen.get('');
  return looks === undefined ? undefined : looks * ROWS_PER_LOOK;
}

/**
 * The first terms of a WHERE. They end a search that is cancelled: about every 256th row asks. To call a function of JavaScript for each row took three times as long as to count the entries of an
 * index.
 * @param counts whether rows of each table are counted.
 */
export function scanTerms({ scanned, counted, terms }: Source, bindings: Bindings, counts: boolean): string {
  const tables = Object.entries(counted).filter(([table, column]) => table !== 'd' || column === scanned || bindings.touches(table));
  const counters = counts ? tables.map(([table, column]) => `row_seen('${table}', ${column})`) : [];
  const cancelled = scanned === undefined ? [] : [`iif(random() & ${ROWS_PER_LOOK - 1}, 1, scan_goes_on(${scanned}))`];
  return [...counters, ...cancelled, ...(terms ? [terms(bindings)] : ['true'])].join(' and ');
}
