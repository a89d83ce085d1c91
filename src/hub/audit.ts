// The use case of the audit: one page of who changed what.
import { AUDIT_ACTIONS, type AuditEntry } from '../domain/audit/audit-entry.ts';
import { HubError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { formatContinuation, parseContinuation } from '../domain/query/continuation.ts';
import { parseIsoTime, toIsoTime } from '../domain/time.ts';
import type { AuditFilter, AuditLog } from '../ports/audit-log.ts';

/** `continuation`: what the page before came with. `pageSize`: at least 1; more than `LIMITS.queryPageMax` counts as that. */
export type AuditListRequest = AuditFilter & { readonly pageSize: number; readonly continuation: string | undefined };

/** `continuation` is absent on the last page, and only there; a page that has one may be empty. */
type AuditListPage = { readonly entries: readonly AuditEntry[]; readonly continuation: string | undefined };

export class Audit {
  readonly #log: AuditLog;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  /** Newest first. @throws HubError ArgumentInvalid for a token, an action or a time that is not valid. */
  async list({ pageSize, continuation, ...filter }: AuditListRequest): Promise<AuditListPage> {
    const { actionPrefix = '' } = filter;
    if (!AUDIT_ACTIONS.some((action) => action.startsWith(actionPrefix))) {
      throw new HubError('ArgumentInvalid', `'action' must be one of ${AUDIT_ACTIONS.join(', ')}, or the beginning of some.`);
    }
    const beforeSequence = continuation === undefined ? undefined : sequenceOf(continuation);
    const limit = Math.min(pageSize, LIMITS.queryPageMax.value);
    const range = { since: timeOf('since', filter.since), until: timeOf('until', filter.until) };
    const { entries, next } = await this.#log.readAudit({ ...filter, ...range, beforeSequence, limit });
    return { entries, continuation: next === undefined ? undefined : formatContinuation('audit', String(next)) };
  }
}

function sequenceOf(continuation: string): number {
  const sequence = Number(parseContinuation('audit', continuation));
  if (Number.isSafeInteger(sequence)) return sequence;
  throw new HubError('ArgumentInvalid', 'The continuation token is not one of this list. Ask for the list again without it.');
}

/** In the one form that entries have, which orders as text. */
function timeOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const epochMs = parseIsoTime(text);
  if (epochMs !== undefined) return toIsoTime(epochMs);
  throw new HubError('ArgumentInvalid', `'${name}' must be a time such as 2026-01-31T12:00:00Z.`);
}
