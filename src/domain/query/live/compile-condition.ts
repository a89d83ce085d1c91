// Turns a condition into a closure with the meaning of `evaluate`, for conditions that are asked of many documents.
import type { JsonObject, JsonValue } from '../../json.ts';
import type { Expression, Junction, Path } from '../ast.ts';
import { calculate, compare, contains, isMember, negation, passes, valueAt } from '../evaluate.ts';
import { FUNCTIONS } from '../functions.ts';

/** What the expression says about a document; `undefined` as `evaluate` has it. */
export type CompiledExpression = (document: JsonObject) => JsonValue | undefined;

export function compileCondition(expression: Expression): CompiledExpression {
  switch (expression.kind) {
    case 'path':
      return valueReader(expression);
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'comparison': {
      const [{ operator }, left, right] = [expression, compileCondition(expression.left), compileCondition(expression.right)];
      return (document) => compare(operator, left(document), right(document));
    }
    case 'membership': {
      const operand = compileCondition(expression.operand);
      return (document) => isMember(expression, operand(document));
    }
    case 'arithmetic': {
      const [{ operator }, left, right] = [expression, compileCondition(expression.left), compileCondition(expression.right)];
      return (document) => calculate(operator, left(document), right(document));
    }
    case 'check': {
      const [{ check }, operand] = [expression, compileCondition(expression.operand)];
      return (document) => passes(check, operand(document));
    }
    case 'call': {
      const [{ run }, values] = [FUNCTIONS[expression.name], expression.arguments.map(compileCondition)];
      return (document) => run(values.map((value) => value(document)));
    }
    case 'arrayContains': {
      const [array, item] = [compileCondition(expression.array), compileCondition(expression.item)];
      return (document) => contains(array(document), item(document));
    }
    case 'not': {
      const term = compileCondition(expression.term);
      return (document) => negation(term(document));
    }
    case 'and':
    case 'or':
      return compileJunction(expression);
  }
}

/** The same document is shown to many conditions, one after the other, and many of them ask for the same path. */
const latest: { document: JsonObject; readonly values: Map<string, JsonValue | undefined> } = { document: {}, values: new Map() };

function valueReader(path: Path): CompiledExpression {
  const key = JSON.stringify(path.steps);
  return (document) => {
    if (latest.document !== document) {
      latest.document = document;
      latest.values.clear();
    }
    const known = latest.values.get(key);
    if (known !== undefined || latest.values.has(key)) return known;
    const value = valueAt(path, document);
    latest.values.set(key, value);
    return value;
  };
}

/** One `false` decides an AND and one `true` an OR, whatever is undefined beside it. */
function compileJunction({ kind, terms }: Junction): CompiledExpression {
  const deciding = kind === 'or';
  const compiled = terms.map(compileCondition);
  return (document) => {
    let result: boolean | undefined = !deciding;
    for (const term of compiled) {
      const value = term(document);
      if (value === deciding) return deciding;
      if (value !== !deciding) result = undefined;
    }
    return result;
  };
}
