// What a query shows of a document that its condition let through.
import type { JsonObject } from '../json.ts';
import type { Query } from './ast.ts';
import { valueAt } from './evaluate.ts';

/** The document itself, or an object with one property for each column whose path leads to a value. Groups are shown by `answer.ts`. */
export function project(select: Query['select'], document: JsonObject): JsonObject {
  if (select === 'all') return document;
  return Object.fromEntries(
    select.flatMap(({ value, name }) => {
      const found = value.kind === 'path' ? valueAt(value, document) : undefined;
      return found === undefined ? [] : [[name, found]];
    }),
  );
}
