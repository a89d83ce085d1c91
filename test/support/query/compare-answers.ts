// Reads whole queries page by page, and compares what they answer with what is expected.
import { expect } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Query } from '../../../src/domain/query/ast.ts';
import { valueAt } from '../../../src/domain/query/evaluate.ts';
import type { Queries } from '../../../src/hub/queries.ts';
import { itemsOf } from './page-items.ts';

/** All rows, in their order. @throws Error when the pages do not end. */
export async function readAll(queries: Queries, text: string, pageSize: number): Promise<readonly JsonObject[]> {
  const rows: JsonObject[] = [];
  let continuation: string | undefined;
  do {
    const page = await queries.run({ text, pageSize, continuation });
    const items = itemsOf(page);
    rows.push(...items);
    ({ continuation } = page);
    expect(continuation === undefined || items.length > 0, 'only the last page may be empty').toBe(true);
    // A page that begins where it began itself would never end.
    if (rows.length > 1000) throw new Error(`The pages of ${text} do not end.`);
  } while (continuation !== undefined);
  return rows;
}

type Answers = { readonly query: Query; readonly documents: readonly JsonObject[]; readonly expected: readonly JsonObject[] };

/** What was found, with each sum as expected where it differs by no more than the order of adding can change. */
export function withoutRounding(found: readonly JsonObject[], { query, documents, expected }: Answers): readonly JsonObject[] {
  const sizes = sizesOfSums(query, documents);
  return found.map((row, index) => {
    const sums = Object.entries(expected[index] ?? {}).filter(([name, sum]) => {
      const [own, size] = [row[name], sizes.get(name)];
      if (size === undefined || typeof sum !== 'number' || typeof own !== 'number') return false;
      return Math.abs(sum - own) <= size * 1e-9;
    });
    return { ...row, ...Object.fromEntries(sums) };
  });
}

/** How large the numbers are that a column adds up. */
function sizesOfSums({ select }: Query, documents: readonly JsonObject[]): ReadonlyMap<string, number> {
  const columns = select === 'all' ? [] : select;
  return new Map(
    columns.flatMap(({ value, name }) => {
      if (value.kind !== 'aggregate' || !SUMS.includes(value.name)) return [];
      const numbers = documents
        .map((document) => (value.path ? valueAt(value.path, document) : undefined))
        .filter((one) => typeof one === 'number');
      return [[name, numbers.reduce((size, number) => size + Math.abs(number), 0)] as const];
    }),
  );
}

const SUMS: readonly string[] = ['SUM', 'AVG'];

/** Whether a sum on the way goes beyond all numbers depends on the order of adding. */
export function isDefinite(query: Query, documents: readonly JsonObject[]): boolean {
  return sizesOfSums(query, documents).values().every(Number.isFinite);
}
