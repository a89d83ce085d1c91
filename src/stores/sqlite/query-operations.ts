// Searches among twins on SQLite.
import { LIMITS } from '../../domain/limits.ts';
import { formatTwinEtag } from '../../domain/twin/apply-twin-change.ts';
import type { TwinQuery } from '../../ports/query-store.ts';
import type { CancelFlag, Reader, SqlFunction } from './driver.ts';
import { compileCondition } from './query-compiler.ts';
import { readTwin } from './twin-operations.ts';
import type { IdentityTwinRow } from './twin-row.ts';

/** What compiled conditions call. */
export const QUERY_FUNCTIONS: readonly SqlFunction[] = [{ name: 'twin_etag', run: (counter) => formatTwinEtag(Number(counter)) }];

type TwinSearch = TwinQuery & { readonly cancelled: CancelFlag };

/** Goes through the twins by device id, or straight to the devices that the condition names. */
export function queryTwins(
  reader: Reader,
  search: TwinSearch,
): { readonly rows: readonly IdentityTwinRow[]; readonly next: string | undefined } {
  const rows: IdentityTwinRow[] = [];
  let chars = 0;
  for (const deviceId of deviceIdsOf(reader, search)) {
    // This device proves that the page is not the last one.
    if (rows.length === search.limit || chars >= LIMITS.queryPageChars.value) return { rows, next: rows.at(-1)?.twin.device_id };
    const row = readTwin(reader, { deviceId });
    if (!row) continue;
    rows.push(row);
    const { tags, desired, desired_metadata, reported, reported_metadata } = row.twin;
    chars += tags.length + desired.length + desired_metadata.length + reported.length + reported_metadata.length;
  }
  return { rows, next: undefined };
}

function* deviceIdsOf(reader: Reader, { condition, after, cancelled }: TwinSearch): Generator<string> {
  const { sql, values } = compileCondition(condition);
  const found = reader.scan<{ readonly device_id: string }>({
    sql: `select t.device_id
      from twins as t
      join devices as d on d.device_id = t.device_id
      where scan_goes_on(t.device_id)
      and t.module_id = ''
      and t.device_id > :after
      and ${sql}
      order by t.device_id`,
    // No id is empty.
    values: { ...values, after: after ?? '' },
    cancelled,
  });
  for (const { device_id } of found) yield device_id;
}
