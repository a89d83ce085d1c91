// How a query is run on PostgreSQL: it runs the query, counts the rows that each part of its plan sees, and tells.
import { isJsonObject, type JsonObject, type JsonValue, parseOwnJson } from '../../domain/json.ts';
import { invariant } from '../../domain/errors.ts';
import type { Path } from '../../domain/query/ast.ts';
import type { Explanation, StoreQuery } from '../../ports/query-store.ts';
import { explainedPlan, type TableAccess } from '../sql/explained-plan.ts';
import type { Reader } from './driver.ts';
import type { CompiledStatement } from './query-bindings.ts';
import { chooseSearch } from './query-documents.ts';
import { chooseGroups } from './query-groups.ts';

type PlanRow = { readonly 'QUERY PLAN': string };

/** To look at the clock for each row would take longer than the query. */
const RUN = 'explain (analyze, timing off, format json)';

export async function explainQuery(reader: Reader, query: StoreQuery): Promise<Explanation> {
  const { text, values, index } = await choose(reader, query);
  const lines = await reader.rowsOnce<PlanRow>(`explain ${text}`, values);
  const [row] = await reader.rowsOnce<PlanRow>(`${RUN} ${text}`, values);
  const plan = planIn(row);
  const nodes = nodesOf(plan, { isJoined: false, isGrouped: false });
  return {
    ...explainedPlan(query, {
      accesses: nodes.flatMap((node) => (node.plan['Relation Name'] === undefined ? [] : [accessOf(node)])),
      sorts: nodes.some(({ plan: { 'Node Type': type }, isGrouped }) => !isGrouped && (type === 'Sort' || type === 'Incremental Sort')),
      index,
      ownIndexes: OWN_INDEXES,
    }),
    returned: Math.min(Math.round(numberIn(plan, 'Actual Rows')), query.query.limit),
    database: 'PostgreSQL',
    databasePlan: lines.map((line) => line['QUERY PLAN']),
  };
}

/** Paths of the indexes that every schema has. */
const OWN_INDEXES: Readonly<Record<string, string>> = {
  connected_devices: 'connectionState',
  connected_modules: 'connectionState',
  disabled_devices: 'status',
  jobs_job_id_key: 'jobId',
};

function choose(reader: Reader, query: StoreQuery): Promise<CompiledStatement & { readonly index: Path | undefined }> {
  if (query.kind === 'groups') return chooseGroups(reader, query.query);
  return chooseSearch(reader, { from: query.from, wanted: {}, query: query.query });
}

function planIn(row: PlanRow | undefined): JsonObject {
  const [statement] = listOf(parseOwnJson(row?.['QUERY PLAN'] ?? '[]'));
  const plan = isJsonObject(statement) ? statement['Plan'] : undefined;
  invariant(isJsonObject(plan), 'PostgreSQL explains one statement by one plan');
  return plan;
}

/** `isJoined`: it is run for each row of another one. `isGrouped`: what it finds is grouped. */
type Place = { readonly isJoined: boolean; readonly isGrouped: boolean };
type PlanNode = Place & { readonly plan: JsonObject };

/** The plan and all that it is made of, outer parts first. */
function nodesOf(plan: JsonObject, place: Place): readonly PlanNode[] {
  const { 'Node Type': type } = plan;
  const children = childrenOf(plan).flatMap((child) =>
    nodesOf(child, {
      isJoined: place.isJoined || (type === 'Nested Loop' && child['Parent Relationship'] === 'Inner'),
      isGrouped: place.isGrouped || type === 'Aggregate' || type === 'Group',
    }),
  );
  return [{ plan, ...place }, ...children];
}

/** Rows are told as their average among as many runs as there were, or processes. */
function accessOf({ plan, isJoined }: PlanNode): TableAccess {
  const rows = ['Actual Rows', 'Rows Removed by Filter', 'Rows Removed by Index Recheck'];
  const perLoop = rows.reduce((sum, name) => sum + numberIn(plan, name), 0);
  return { rows: perLoop * numberIn(plan, 'Actual Loops'), isJoined, indexes: indexesIn(plan) };
}

/** Its own index, or those that together say which rows to look at. */
function indexesIn(plan: JsonObject): TableAccess['indexes'] {
  const { 'Index Name': name, 'Index Cond': condition } = plan;
  const own = typeof name === 'string' ? [{ name, condition: typeof condition === 'string' ? withoutValues(condition) : '' }] : [];
  return [...own, ...childrenOf(plan).flatMap(indexesIn)];
}

/** A value may hold what looks like a condition. */
function withoutValues(condition: string): string {
  return condition.replaceAll(/'(?:[^']|'')*'/g, '?');
}

function childrenOf(plan: JsonObject): readonly JsonObject[] {
  return listOf(plan['Plans']).filter(isJsonObject);
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  // Array.isArray takes the elements of a readonly array for `any`.
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function numberIn(plan: JsonObject, name: string): number {
  const value = plan[name];
  return typeof value === 'number' ? value : 0;
}
