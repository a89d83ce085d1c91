// A row of the audit, as both databases have it.
import type { AuditAction, AuditEntry } from '../../domain/audit/audit-entry.ts';

export const AUDIT_COLUMNS = 'sequence, at, action, target, policy, source, before, after, detail';

export type AuditRow = {
  readonly sequence: number;
  readonly at: string;
  readonly action: AuditAction;
  readonly target: string;
  readonly policy: string | null;
  readonly source: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly detail: string | null;
};

export function toAuditEntry({ policy, source, ...entry }: AuditRow): AuditEntry {
  return { ...entry, by: { policy, source } };
}
