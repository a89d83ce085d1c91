// What an If-Match header asks of a write.
import { HubError } from './errors.ts';

/** `none`: no header; `any`: `*`; `match`: only while the etag is this one. */
export type Precondition = { readonly kind: 'none' } | { readonly kind: 'any' } | { readonly kind: 'match'; readonly etag: string };

/**
 * Reads If-Match, or an etag from a body; SDKs send it quoted, others bare (contract 2.1, behaviour 1.4). An empty value counts as absent.
 * Quotes around nothing are the etag of nothing that the hub has, and are no leave to write whatever is there.
 * @throws HubError ArgumentInvalid for a list of etags and for a lone quotation mark, which no etag of the hub holds.
 */
export function parsePrecondition(value: string | undefined): Precondition {
  const text = (value ?? '').trim();
  if (text === '') return { kind: 'none' };
  const etag = QUOTED.exec(text)?.[1] ?? text;
  if (etag === '*') return { kind: 'any' };
  if (/[",]/.test(etag)) {
    throw new HubError('ArgumentInvalid', 'A write depends on one etag, quoted or not, or on *. Give one of them, and no list.');
  }
  return { kind: 'match', etag };
}

/** Weak or not: the service calls its etags weak and compares them all the same (RFC 9110, section 8.8.3). */
const QUOTED = /^(?:W\/)?"(.*)"$/;

/** @throws HubError PreconditionFailed when the write asks for another etag than the current one. */
export function checkPrecondition(precondition: Precondition, currentEtag: string): void {
  if (precondition.kind === 'match' && precondition.etag !== currentEtag) {
    throw new HubError('PreconditionFailed', `The etag ${precondition.etag} is not the current one, ${currentEtag}.`);
  }
}
