// A query as it is followed: what of the language a live query may hold, and what is worked out once so that each change costs little.
import { HubError } from '../../errors.ts';
import type { Collection, Expression, Path, Primitive, Query } from '../ast.ts';
import { parseQuery } from '../parser.ts';
import { compileCondition, type CompiledExpression } from './compile-condition.ts';
import { ALL_PARTS, PARTS, partsOfPath, pathsIn, type TwinParts } from './twin-parts.ts';

export type LiveCollection = Exclude<Collection, 'devices.jobs'>;

export type LivePlan = Pick<Query, 'select' | 'where'> & {
  readonly from: LiveCollection;
  readonly condition: CompiledExpression;
  /** In which parts a change can make the condition say something else. */
  readonly conditionParts: TwinParts;
  /** In which parts a change can make the item another one. */
  readonly itemParts: TwinParts;
  /** Only a document with one of these values under the path can pass; `undefined` where the condition asks for no such thing. */
  readonly anchor: Anchor | undefined;
};

type Anchor = { readonly path: Path; readonly values: readonly Primitive[] };

/** They change with connections, of which the change feed says nothing. */
const NOT_FOLLOWED: readonly string[] = ['connectionState', 'lastActivityTime', 'modelId'];

/** @throws HubError ArgumentInvalid as `parseQuery`, and for what cannot be followed. */
export function planLiveQuery(text: string, options: { readonly strict?: boolean } = {}): LivePlan {
  const { from, select, where, groupBy, orderBy, top } = parseQuery(text, options);
  if (from === 'devices.jobs') throw refused('it is FROM devices or FROM devices.modules. For jobs, read GET /jobs/v2/{id} again');
  if (groupBy !== undefined) throw refused('it has a row for each device, so it holds no aggregate, GROUP BY or DISTINCT');
  if (orderBy.length > 0 || top !== undefined) throw refused('its rows come as they change, so it holds no ORDER BY and no TOP');
  const unfollowed = [...pathsOf(select), ...pathsIn(where)].find(({ steps: [root] }) => NOT_FOLLOWED.includes(root));
  if (unfollowed) {
    throw refused(`'${unfollowed.steps[0]}' changes with connections, which are not followed. Ask for it with POST /devices/query`);
  }
  return planOf({ from, select, where });
}

/** @param query one that can be followed. */
export function planOf({ from, select, where }: Pick<LivePlan, 'from' | 'select' | 'where'>): LivePlan {
  return {
    from,
    select,
    where,
    condition: compileCondition(where),
    conditionParts: partsOfPaths(pathsIn(where)),
    itemParts: select === 'all' ? ALL_PARTS : partsOfPaths(pathsOf(select)),
    anchor: anchorOf(where),
  };
}

function pathsOf(select: Query['select']): readonly Path[] {
  return select === 'all' ? [] : select.map(({ value }) => value).filter((value) => value.kind === 'path');
}

function refused(reason: string): HubError {
  return new HubError('ArgumentInvalid', `This query cannot be live: ${reason}.`);
}

/** That a device comes or goes concerns every query. */
function partsOfPaths(paths: readonly Path[]): TwinParts {
  return paths.reduce((parts, path) => parts | partsOfPath(path), PARTS.existence as TwinParts);
}

/** Of an AND one term is enough: a document that does not pass it does not pass the whole. */
function anchorOf(expression: Expression): Anchor | undefined {
  if (expression.kind === 'and') return expression.terms.map(anchorOf).find((anchor) => anchor !== undefined);
  if (expression.kind === 'comparison' && expression.operator === '=') {
    return anchorAt(expression.left, expression.right) ?? anchorAt(expression.right, expression.left);
  }
  if (expression.kind !== 'membership' || expression.negated || expression.operand.kind !== 'path') return undefined;
  return { path: expression.operand, values: expression.list };
}

function anchorAt(path: Expression, constant: Expression): Anchor | undefined {
  if (path.kind !== 'path' || constant.kind !== 'constant' || constant.value === undefined) return undefined;
  return { path, values: [constant.value] };
}
