// The audit: every write that a back end or an operator asked for, in order. Entries are made by the writes themselves, in their transactions.
import type { AuditEntry } from '../domain/audit/audit-entry.ts';

/** Fields that are absent select everything. Times are ISO-8601 UTC, `until` not included. */
export type AuditFilter = {
  readonly target: string | undefined;
  /** An action, or the beginning of several, such as `device.`. */
  readonly actionPrefix: string | undefined;
  readonly policy: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
};

/** `before`: the `next` of the page before. `limit`: at least 1. */
export type AuditQuery = AuditFilter & { readonly beforeSequence: number | undefined; readonly limit: number };

/** `next` is absent on the last page, and only there; a page that has one may be empty. */
export type AuditPage = { readonly entries: readonly AuditEntry[]; readonly next: number | undefined };

export interface AuditLog {
  /**
   * Newest first. Looks at no more than `LIMITS.auditScanEntries` entries, so that a rare find keeps no other call waiting. An entry is
   * visible as soon as its write is.
   */
  readAudit(query: AuditQuery): Promise<AuditPage>;
  /** Removes at most `limit` of the oldest entries made before `before` (ISO-8601 UTC). @returns how many were removed. */
  trimAudit(before: string, limit: number): Promise<number>;
}
