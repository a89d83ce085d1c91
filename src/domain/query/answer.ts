// The reference meaning of whole queries: what a store answers on all pages together. README.md beside this file has the rules in words.
import type { JsonObject, JsonValue } from '../json.ts';
import type { Aggregate, Path, Query } from './ast.ts';
import { evaluate, valueAt } from './evaluate.ts';
import { finite } from './functions.ts';
import { project } from './project.ts';
import { compareValues, rankOf, RANKS, sortValue } from './value-order.ts';

type Value = JsonValue | undefined;

/** @param documents in the order of their ids. */
export function answer(query: Query, documents: readonly JsonObject[]): readonly JsonObject[] {
  const found = documents.filter((document) => evaluate(query.where, document) === true);
  const rows = query.groupBy === undefined ? sortedDocuments(query, found) : groupRows(query, query.groupBy, found);
  return rows.slice(0, query.top);
}

function sortedDocuments({ orderBy, select }: Query, found: readonly JsonObject[]): readonly JsonObject[] {
  const terms = orderBy.map(({ value, descending }) => ({
    of: (document: JsonObject): Value => (value.kind === 'path' ? sortValue(valueAt(value, document)) : undefined),
    descending,
  }));
  // Sorting is stable, so what is alike stays in the order of ids.
  return found.toSorted((one, other) => compareBy(terms, one, other)).map((document) => project(select, document));
}

function groupRows({ select, orderBy }: Query, keys: readonly Path[], found: readonly JsonObject[]): readonly JsonObject[] {
  const groups = keys.length === 0 ? [found] : groupsOf(found, keys);
  const valueOf = (value: Path | Aggregate, group: readonly JsonObject[]): Value =>
    value.kind === 'aggregate' ? aggregate(value, group) : group[0] && valueAt(value, group[0]);
  const terms = [...orderBy, ...keys.map((value) => ({ value, descending: false }))].map(({ value, descending }) => ({
    of: (group: readonly JsonObject[]): Value => valueOf(value, group),
    descending,
  }));
  const columns = select === 'all' ? [] : select;
  return groups
    .toSorted((one, other) => compareBy(terms, one, other))
    .map((group) => withoutNothing(columns.map(({ value, name }) => [name, valueOf(value, group)])));
}

function groupsOf(found: readonly JsonObject[], keys: readonly Path[]): readonly (readonly JsonObject[])[] {
  const groups: JsonObject[][] = [];
  for (const document of found) {
    const group = groups.find(([first]) => first && keys.every((key) => compareValues(valueAt(key, first), valueAt(key, document)) === 0));
    if (group) group.push(document);
    else groups.push([document]);
  }
  return groups;
}

function withoutNothing(entries: readonly (readonly [string, Value])[]): JsonObject {
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

type Term<Row> = { readonly of: (row: Row) => Value; readonly descending: boolean };

function compareBy<Row>(terms: readonly Term<Row>[], one: Row, other: Row): number {
  for (const { of, descending } of terms) {
    const order = compareValues(of(one), of(other));
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function aggregate({ name, path }: Aggregate, documents: readonly JsonObject[]): Value {
  const values = path === undefined ? documents : documents.map((document) => valueAt(path, document));
  switch (name) {
    case 'COUNT':
      return values.filter((value) => value !== undefined).length;
    case 'SUM':
      return sum(values.filter((value) => typeof value === 'number'));
    case 'AVG': {
      const numbers = values.filter((value) => typeof value === 'number');
      const total = sum(numbers);
      return total === undefined ? undefined : finite(total / numbers.length);
    }
    case 'MIN':
      return orderedValues(values).at(0);
    case 'MAX':
      return orderedValues(values).at(-1);
  }
}

function sum(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : finite(numbers.reduce((total, number) => total + number, 0));
}

/** Numbers before strings; of nothing else there is a least and a greatest. */
function orderedValues(values: readonly Value[]): readonly Value[] {
  return values.filter((value) => rankOf(value) === RANKS.number || rankOf(value) === RANKS.string).toSorted(compareValues);
}
