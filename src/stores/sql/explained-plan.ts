// What the hub says of a plan of any SQL database: from how its tables were read to the steps of a query.
import type { Path } from '../../domain/query/ast.ts';
import { formatIndexPlace } from '../../domain/query/index/twin-index.ts';
import type { Explanation, PlanStep, StoreQuery } from '../../ports/query-store.ts';

/**
 * How one table was read. `rows`: that were looked at. `isJoined`: for each row of a table before it. `indexes`: names of indexes, each with the condition that it answered, in which no
 * value stands; empty where all of the index was gone through.
 */
export type TableAccess = {
  readonly rows: number;
  readonly isJoined: boolean;
  readonly indexes: readonly { readonly name: string; readonly condition: string }[];
};

/** `accesses`: at least one, outer tables first. `sorts`: whether the database sorts something. */
type ReadTables = {
  readonly accesses: readonly TableAccess[];
  readonly sorts: boolean;
  /** The path of the index that was chosen for the query, if any. */
  readonly index: Path | undefined;
  /** Paths of indexes that the database may choose by itself, by their names. */
  readonly ownIndexes: Readonly<Record<string, string>>;
};

/** The table that decides is the one that was gone through most, since what is joined to it is found by its ids. */
export function explainedPlan(
  query: StoreQuery,
  { accesses, sorts, index, ownIndexes }: ReadTables,
): Pick<Explanation, 'steps' | 'scanned'> {
  const [first, ...others] = accesses.filter(({ isJoined }) => !isJoined);
  const decisive = others.reduce((one, other) => (other.rows > (one?.rows ?? 0) ? other : one), first);
  const collection = query.kind === 'groups' ? query.query.from : query.from;
  const steps: PlanStep[] =
    index && collection !== 'devices.jobs'
      ? [{ kind: 'index', path: formatIndexPlace({ collection, path: index }) }]
      : [...accessSteps(decisive, ownIndexes)];
  if (query.kind === 'groups') steps.push({ kind: 'group' });
  // That a few documents are put into the order of their ids is no step of the query.
  if (sorts && (query.kind === 'groups' || query.query.orderBy.length > 0)) steps.push({ kind: 'sort' });
  return { steps, scanned: Math.max(0, ...accesses.map(({ rows }) => Math.round(rows))) };
}

function accessSteps(access: TableAccess | undefined, ownIndexes: ReadTables['ownIndexes']): readonly PlanStep[] {
  const indexes = access?.indexes ?? [];
  const paths = new Set(indexes.map(({ name }) => ownIndexes[name]).filter((path) => path !== undefined));
  if (paths.size > 0) return Array.from(paths, (path) => ({ kind: 'index', path }));
  return [{ kind: indexes.some(({ condition }) => NAMES_DEVICES.test(condition)) ? 'lookup' : 'scan' }];
}

/** A search that goes on after the last id of a page has `>` instead. */
const NAMES_DEVICES = /\bdevice_id ?= ?/;
