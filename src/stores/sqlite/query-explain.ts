// How a query is run on SQLite: it counts the rows that it sees, and SQLite tells its plan.
import type { Path } from '../../domain/query/ast.ts';
import type { Explanation, StoreQuery } from '../../ports/query-store.ts';
import { explainedPlan, type TableAccess } from '../sql/explained-plan.ts';
import type { CancelFlag, NamedValues, Reader } from './driver.ts';
import { chooseSearchSource, compileSearch } from './query-documents.ts';
import { chooseGroupSource, compileGroups } from './query-groups.ts';

type PlanRow = { readonly id: number; readonly parent: number; readonly detail: string };

export function explainQuery(reader: Reader, { cancelled, ...query }: StoreQuery & { readonly cancelled: CancelFlag }): Explanation {
  const { sql, values, index } = compile(reader, query);
  const seen = new Map<string, number>();
  let found = 0;
  for (const _ of reader.scan({ sql, values, cancelled, seen })) found += 1;
  const plan = [...reader.scan<PlanRow>({ sql: `explain query plan ${sql}`, values, cancelled })];
  const details = plan.map(({ detail }) => detail);
  return {
    ...explainedPlan(query, {
      accesses: accessesIn(details, seen),
      sorts: details.some((detail) => SORTS.test(detail)),
      index,
      ownIndexes: OWN_INDEXES,
    }),
    returned: Math.min(found, query.query.limit),
    database: 'SQLite',
    databasePlan: indented(plan),
  };
}

/** Paths of the indexes that every database has. */
const OWN_INDEXES: Readonly<Record<string, string>> = {
  connected_devices: 'connectionState',
  connected_modules: 'connectionState',
  disabled_devices: 'status',
  sqlite_autoindex_jobs_1: 'jobId',
};

const SORTS = /^USE TEMP B-TREE FOR .*ORDER BY$/;

type Counted = { readonly sql: string; readonly values: NamedValues; readonly index: Path | undefined };

function compile(reader: Reader, query: StoreQuery): Counted {
  if (query.kind === 'groups') {
    const { source, condition, index } = chooseGroupSource(reader, query.query);
    return { ...compileGroups({ ...query.query, condition }, source, true), index };
  }
  const chosen = chooseSearchSource(reader, query.from, query.query);
  return { ...compileSearch({ wanted: {}, query: query.query }, { ...chosen, counts: true }), index: chosen.index };
}

/** `SEARCH t USING INDEX name (column=?)`, and the like. */
const ACCESS = /^(?:SCAN|SEARCH) (\w+)(?: USING (?:.*INDEX (\w+)|(?:INTEGER )?PRIMARY KEY))?(?: \((.*)\))?$/;

/** Tables stand in the order in which SQLite goes through them, one inside the other; one stands several times where OR uses several indexes. */
function accessesIn(details: readonly string[], seen: ReadonlyMap<string, number>): readonly TableAccess[] {
  const reads = details.map((detail) => ACCESS.exec(detail)).filter((match) => match !== null);
  const tables = [...new Set(reads.map(([, table = '']) => table))].filter((table) => table.length === 1);
  return tables.map((table, index) => ({
    rows: seen.get(table) ?? 0,
    isJoined: index > 0,
    indexes: reads.filter(([, one]) => one === table).map(([, , name = '', condition = '']) => ({ name, condition })),
  }));
}

function indented(plan: readonly PlanRow[]): readonly string[] {
  const depths = new Map<number, number>([[0, -1]]);
  return plan.map(({ id, parent, detail }) => {
    const depth = (depths.get(parent) ?? -1) + 1;
    depths.set(id, depth);
    return `${'  '.repeat(depth)}${detail}`;
  });
}
