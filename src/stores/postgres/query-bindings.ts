// What a compiled statement is given beside its text.
import type { SqlValue } from './driver.ts';

/** Types of parameters, since PostgreSQL cannot always tell them from where they stand. */
type ParameterType =
  | 'bigint'
  | 'boolean[]'
  | 'double precision'
  | 'double precision[]'
  | 'integer'
  | 'jsonb'
  | 'jsonb[]'
  | 'jsonpath'
  | 'text'
  | 'text[]';

export type CompiledStatement = { readonly text: string; readonly values: readonly SqlValue[] };

/** Collects the values of a statement, and which tables it looks at. The same value is bound once. */
export class Bindings {
  readonly #places = new Map<string, number>();
  readonly #tables = new Set<string>();
  readonly #values: SqlValue[] = [];

  /** @returns the parameter that stands for the value. */
  bind(value: SqlValue, type: ParameterType): string {
    const key = `${type} ${JSON.stringify(value)}`;
    const place = this.#places.get(key) ?? this.#values.push(value);
    this.#places.set(key, place);
    return `$${place}::${type}`;
  }

  /** The statement with as many parameters as it uses, since PostgreSQL refuses those that nothing uses. No text of `sql` is a query's. */
  statement(sql: string): CompiledStatement {
    const used = [...new Set(Array.from(sql.matchAll(PARAMETER), ([, place]) => Number(place)))];
    return {
      text: sql.replaceAll(PARAMETER, (_, place) => `$${used.indexOf(Number(place)) + 1}::`),
      values: used.map((place) => this.#values[place - 1] ?? null),
    };
  }

  /** A column of this table is used. */
  touch(table: string): void {
    this.#tables.add(table);
  }

  touches(table: string): boolean {
    return this.#tables.has(table);
  }
}

const PARAMETER = /\$(\d+)::/g;
