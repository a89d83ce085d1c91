// The tables of PostgreSQL that stand for each collection after FROM.
import type { Collection, Path } from '../../domain/query/ast.ts';
import type { TwinCollection } from '../../ports/query-store.ts';
import { operandOfDeviceJobPath } from './device-job-operand.ts';
import type { Bindings } from './query-bindings.ts';
import { operandOfDevicePath, operandOfModulePath, type OperandOfPath, operandOfTwinPath } from './query-operand.ts';

/** `tables`: what follows FROM in SQL, up to WHERE and its first condition. `ids`: the columns that tell documents apart, in their order. */
export type Source = {
  readonly tables: (bindings: Bindings) => string;
  readonly ids: readonly string[];
  readonly pathOperand: OperandOfPath;
  readonly through?: Entries;
};

/** Entries `e` of an index by which twins are found: its table, its path, and a condition for the entries. */
export type Entries = { readonly table: string; readonly path: Path; readonly terms: (bindings: Bindings) => string };

export const SOURCES: Readonly<Record<Collection, Source>> = {
  devices: {
    // Every twin of a device has its device, which needs to be looked at only for what it says itself.
    tables: (bindings) =>
      `twins as t ${bindings.touches('d') ? 'join devices as d on d.device_id = t.device_id' : ''} where t.module_id = ''`,
    ids: ['t.device_id'],
    pathOperand: operandOfTwinPath,
  },
  'devices.modules': {
    // Modules first: most twins may be those of devices.
    tables: () => 'modules as m join twins as t on t.device_id = m.device_id and t.module_id = m.module_id where true',
    ids: ['m.device_id', 'm.module_id'],
    pathOperand: operandOfModulePath,
  },
  'devices.jobs': {
    tables: () => 'jobs as j join job_devices as r on r.job_key = j.job_key where true',
    ids: ['j.job_id', 'r.device_id'],
    pathOperand: operandOfDeviceJobPath,
  },
};

/** For searches that ask nothing of twins. */
export const IDENTITIES_ALONE: Readonly<Record<TwinCollection, Source>> = {
  devices: { tables: () => 'devices as d where true', ids: ['d.device_id'], pathOperand: operandOfDevicePath },
  'devices.modules': { ...SOURCES['devices.modules'], tables: () => 'modules as m where true' },
};

/** What a search wants of the documents for which the condition is true: columns with their names, among them perhaps ids. */
type Wanted = {
  readonly source: Source;
  readonly condition: string;
  readonly columns: readonly string[];
  readonly ids: readonly string[];
  readonly bindings: Bindings;
};

/**
 * A select of these documents. Through an index it goes from entry to entry, in the order of ids where they are of one value: `offset 0` keeps PostgreSQL from joining
 * whole tables, which it finds cheaper where it does not know how few documents a page needs.
 */
export function selectDocuments({ source: { tables, through }, condition, columns, ids, bindings }: Wanted): string {
  if (!through) return `select ${[...columns, ...ids].join(', ')} from ${tables(bindings)} and ${condition}`;
  return `select ${['document.*', ...ids].join(', ')}
    from ${through.table} as e
    cross join lateral (
      select ${columns.join(', ')}
      from ${tables(bindings)}
      and t.device_id = e.device_id
      and t.module_id = e.module_id
      and ${condition}
      offset 0
    ) as document
    where ${through.terms(bindings)}`;
}
