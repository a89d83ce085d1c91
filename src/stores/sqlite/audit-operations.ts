// The audit on SQLite.
import type { AuditRecord } from '../../domain/audit/audit-entry.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { AuditPage, AuditQuery } from '../../ports/audit-log.ts';
import { AUDIT_COLUMNS, type AuditRow, toAuditEntry } from '../sql/audit-row.ts';
import { logTable, type Reader, type SqlValue, type Writer } from './driver.ts';
import { type AgeRange, trimOldest } from './trim-oldest.ts';

const AUDIT = logTable('audit', ['at', 'action', 'target', 'policy', 'source', 'before', 'after', 'detail']);

/** Belongs in the transaction of the write that it tells of. */
export function appendAudit(writer: Writer, { at, action, target, by, before, after, detail }: AuditRecord): void {
  writer.append(AUDIT, [at, action, target, by.policy, by.source, before, after, detail]);
}

export function readAudit(reader: Reader, query: AuditQuery): AuditPage {
  const { target, policy, actionPrefix, since, until, limit } = query;
  const scanned = conditions([
    ['sequence < ?', query.beforeSequence ?? Number.MAX_SAFE_INTEGER],
    ['target = ?', target],
  ]);
  const wanted = conditions([
    ['policy = ?', policy],
    ['instr(action, ?) = 1', actionPrefix],
    ['at >= ?', since],
    ['at < ?', until],
  ]);
  const rows = reader.rows<AuditRow>(
    `select ${AUDIT_COLUMNS}
     from (
       select ${AUDIT_COLUMNS}
       from audit
       ${scanned.where}
       order by sequence desc
       limit ${LIMITS.auditScanEntries.value}
     )
     ${wanted.where}
     order by sequence desc
     limit ?`,
    ...scanned.values,
    ...wanted.values,
    limit + 1,
  );
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? page.at(-1)?.sequence : endOfScan(reader, scanned);
  return { entries: page.map(toAuditEntry), next };
}

type Conditions = { readonly where: string; readonly values: readonly SqlValue[] };

/** Those whose value is there. */
function conditions(all: readonly (readonly [sql: string, value: SqlValue | undefined])[]): Conditions {
  const used = all.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const where = used.length === 0 ? '' : `where ${used.map(({ sql }) => sql).join(' and ')}`;
  return { where, values: used.map(({ value }) => value) };
}

/** Where a scan that found less than a page stopped before the end; `undefined` when it saw everything. */
function endOfScan(reader: Reader, { where, values }: Conditions): number | undefined {
  const row = reader.row<{ readonly seen: number; readonly last: number | null }>(
    `select count(*) as seen, min(sequence) as last
     from (
       select sequence
       from audit
       ${where}
       order by sequence desc
       limit ${LIMITS.auditScanEntries.value}
     )`,
    ...values,
  );
  return row?.seen === LIMITS.auditScanEntries.value ? (row.last ?? undefined) : undefined;
}

export function trimAudit(writer: Writer, range: AgeRange): number {
  return trimOldest(writer, 'audit', range);
}
