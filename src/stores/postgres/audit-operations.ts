// The audit on PostgreSQL.
import type { AuditRecord } from '../../domain/audit/audit-entry.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { AuditPage, AuditQuery } from '../../ports/audit-log.ts';
import { AUDIT_COLUMNS, type AuditRow, toAuditEntry } from '../sql/audit-row.ts';
import type { Reader, SqlValue, Writer } from './driver.ts';
import { type AgeRange, trimOldest } from './trim-oldest.ts';

/** Belongs in the transaction of the writes that they tell of, and is not waited for. */
export function appendAudit(writer: Writer, records: readonly AuditRecord[]): void {
  if (records.length === 0) return;
  writer.send(
    `insert into audit (at, action, target, policy, source, before, after, detail)
     select at, action, target, policy, source, before, after, detail
     from jsonb_populate_recordset(null::audit, $1::jsonb) with ordinality
     order by ordinality`,
    JSON.stringify(records.map(({ by, ...record }) => ({ ...record, ...by }))),
  );
}

/**
 * Both statements see one moment. Whoever goes on with an earlier page may miss an entry that was committed since, however early its sequence: it was not there
 * when he began.
 */
export async function readAudit(reader: Reader, query: AuditQuery): Promise<AuditPage> {
  const { target, policy, actionPrefix, since, until, limit } = query;
  const scanned = conditions(0, [
    ['sequence <', query.beforeSequence ?? Number.MAX_SAFE_INTEGER],
    ['target =', target],
  ]);
  const wanted = conditions(scanned.values.length, [
    ['policy =', policy],
    ['action ^@', actionPrefix],
    ['at >=', since],
    ['at <', until],
  ]);
  const rows = await reader.rows<AuditRow>(
    `select ${AUDIT_COLUMNS}
     from (
       select ${AUDIT_COLUMNS}
       from audit
       ${scanned.where}
       order by sequence desc
       limit ${LIMITS.auditScanEntries.value}
     ) as scanned
     ${wanted.where}
     order by sequence desc
     limit $${scanned.values.length + wanted.values.length + 1}`,
    ...scanned.values,
    ...wanted.values,
    limit + 1,
  );
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? page.at(-1)?.sequence : await endOfScan(reader, scanned);
  return { entries: page.map(toAuditEntry), next };
}

type Conditions = { readonly where: string; readonly values: readonly SqlValue[] };

/** Those whose value is there. @param before how many parameters the statement has in front of these. */
function conditions(before: number, all: readonly (readonly [sql: string, value: SqlValue | undefined])[]): Conditions {
  const used = all.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const terms = used.map(({ sql }, index) => `${sql} $${before + index + 1}`);
  return { where: terms.length === 0 ? '' : `where ${terms.join(' and ')}`, values: used.map(({ value }) => value) };
}

/** Where a scan that found less than a page stopped before the end; `undefined` when it saw everything. */
async function endOfScan(reader: Reader, { where, values }: Conditions): Promise<number | undefined> {
  const row = await reader.row<{ readonly seen: number; readonly last: number | null }>(
    `select count(*) as seen, min(sequence) as last
     from (
       select sequence
       from audit
       ${where}
       order by sequence desc
       limit ${LIMITS.auditScanEntries.value}
     ) as scanned`,
    ...values,
  );
  return row?.seen === LIMITS.auditScanEntries.value ? (row.last ?? undefined) : undefined;
}

export function trimAudit(writer: Writer, range: AgeRange): Promise<number> {
  return trimOldest(writer, 'audit', range);
}
