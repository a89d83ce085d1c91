// What a query or a condition means, as plain data; README.md beside this file says what each node stands for.

export type Collection = 'devices' | 'devices.jobs';

export type Query = {
  readonly from: Collection;
  /** `all` is `SELECT *`. */
  readonly select: 'all' | readonly Column[];
  readonly where: Expression;
};

/** One property of the answer. No two columns of a query have the same name. */
export type Column = { readonly path: Path; readonly name: string };

/** Names from the root of the document inwards, at least one. The first is in the case in which documents have it. */
export type Path = { readonly kind: 'path'; readonly names: readonly string[] };

export type Primitive = string | number | boolean | null;

/** What stands after WHERE. It lets a document through where it is exactly `true`; without a WHERE it is the constant `true`. */
export type Expression =
  | Path
  | { readonly kind: 'constant'; readonly value: Primitive | undefined }
  | { readonly kind: 'comparison'; readonly operator: ComparisonOperator; readonly left: Expression; readonly right: Expression }
  /** The list has at least one item. */
  | { readonly kind: 'membership'; readonly operand: Expression; readonly list: readonly Primitive[]; readonly negated: boolean }
  | { readonly kind: 'check'; readonly check: Check; readonly operand: Expression }
  | { readonly kind: 'not'; readonly term: Expression }
  | Junction;

/** At least two terms, none of which is a junction of the same kind. */
export type Junction = { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[] };

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export const CHECKS = ['IS_DEFINED', 'IS_NULL', 'IS_BOOL', 'IS_NUMBER', 'IS_STRING', 'IS_OBJECT', 'IS_ARRAY', 'IS_PRIMITIVE'] as const;

export type Check = (typeof CHECKS)[number];
