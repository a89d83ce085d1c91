// What a query or a condition means, as plain data; README.md beside this file says what each node stands for.
import type { FunctionName } from './functions.ts';

export type Collection = 'devices' | 'devices.modules' | 'devices.jobs';

export type Query = {
  readonly from: Collection;
  /** `all` is `SELECT *`, which no grouped query has. */
  readonly select: 'all' | readonly Column[];
  readonly where: Expression;
  /** One row for each group of documents that have the same values there; without paths all documents are one group. `undefined`: a row for each document. */
  readonly groupBy: readonly Path[] | undefined;
  /** In a grouped query each term is one of its groups' paths or an aggregate. */
  readonly orderBy: readonly OrderTerm[];
  /** How many rows at most, on all pages together. */
  readonly top: number | undefined;
};

/** One property of the answer. No two columns of a query have the same name. */
export type Column = { readonly value: Path | Aggregate; readonly name: string };

export type OrderTerm = { readonly value: Path | Aggregate; readonly descending: boolean };

/** Without a path it is the number of documents. */
export type Aggregate = { readonly kind: 'aggregate'; readonly name: AggregateName; readonly path: Path | undefined };

export const AGGREGATES = ['COUNT', 'AVG', 'SUM', 'MIN', 'MAX'] as const;

export type AggregateName = (typeof AGGREGATES)[number];

/** From the root of the document inwards. The name at the root is in the case in which documents have it. */
export type Path = { readonly kind: 'path'; readonly steps: PathSteps };

export type PathSteps = readonly [root: string, ...inner: PathStep[]];

/** The name of a property, or the number of an item in an array, counted from 0. */
export type PathStep = string | number;

export type Primitive = string | number | boolean | null;

/** What stands after WHERE. It lets a document through where it is exactly `true`; without a WHERE it is the constant `true`. */
export type Expression =
  | Path
  | { readonly kind: 'constant'; readonly value: Primitive | undefined }
  | { readonly kind: 'comparison'; readonly operator: ComparisonOperator; readonly left: Expression; readonly right: Expression }
  /** The list has at least one item. */
  | { readonly kind: 'membership'; readonly operand: Expression; readonly list: readonly Primitive[]; readonly negated: boolean }
  | { readonly kind: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'check'; readonly check: Check; readonly operand: Expression }
  /** As many arguments as the function takes. */
  | { readonly kind: 'call'; readonly name: FunctionName; readonly arguments: readonly Expression[] }
  | { readonly kind: 'arrayContains'; readonly array: Expression; readonly item: Expression }
  | { readonly kind: 'not'; readonly term: Expression }
  | Junction;

/** At least two terms, none of which is a junction of the same kind. */
export type Junction = { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[] };

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

export const CHECKS = ['IS_DEFINED', 'IS_NULL', 'IS_BOOL', 'IS_NUMBER', 'IS_STRING', 'IS_OBJECT', 'IS_ARRAY', 'IS_PRIMITIVE'] as const;

export type Check = (typeof CHECKS)[number];
