// Which devices a condition can select, where it names them.
import type { Expression } from './ast.ts';

/**
 * The ids of which the condition selects none but some, in code-point order; `undefined` when it does not say. With them a job for a few
 * devices does not look at the whole fleet.
 */
export function selectableIds(condition: Expression): readonly string[] | undefined {
  switch (condition.kind) {
    case 'and':
      return condition.terms.map(selectableIds).find((ids) => ids !== undefined);
    case 'or': {
      const lists = condition.terms.map(selectableIds);
      return lists.includes(undefined) ? undefined : inOrder(lists.flatMap((ids) => ids ?? []));
    }
    case 'membership':
      return condition.negated || !isDeviceId(condition.operand) ? undefined : inOrder(condition.list);
    case 'comparison': {
      if (condition.operator !== '=') return undefined;
      const { left, right } = condition;
      const value = isDeviceId(left) ? right : left;
      const isComparedId = isDeviceId(left) || isDeviceId(right);
      return isComparedId && value.kind === 'constant' ? inOrder([value.value]) : undefined;
    }
    case 'constant':
    case 'path':
    case 'arithmetic':
    case 'check':
    case 'call':
    case 'arrayContains':
    case 'not':
      return undefined;
  }
}

function isDeviceId(expression: Expression): boolean {
  return expression.kind === 'path' && expression.steps.length === 1 && expression.steps[0] === 'deviceId';
}

/** Ids of devices are ASCII, where the order of code units is that of code points. What is no string is no id. */
function inOrder(values: readonly unknown[]): readonly string[] {
  return [...new Set(values)].filter((value) => typeof value === 'string').toSorted();
}
