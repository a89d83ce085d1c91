// What an If-Match header asks of a write.
import { HubError } from './errors.ts';

/** `none`: no header; `any`: `*`; `match`: only while the etag is this one. */
export type Precondition = { readonly kind: 'none' } | { readonly kind: 'any' } | { readonly kind: 'match'; readonly etag: string };

/** Reads If-Match; SDKs send it quoted, others bare (contract 2.1, behaviour 1.4). An empty value counts as absent. */
export function parsePrecondition(header: string | undefined): Precondition {
  const etag = (header ?? '')
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
  if (etag === '') return { kind: 'none' };
  return etag === '*' ? { kind: 'any' } : { kind: 'match', etag };
}

/** @throws HubError PreconditionFailed when the write asks for another etag than the current one. */
export function checkPrecondition(precondition: Precondition, currentEtag: string): void {
  if (precondition.kind === 'match' && precondition.etag !== currentEtag) {
    throw new HubError('PreconditionFailed', `The etag ${precondition.etag} is not the current one, ${currentEtag}.`);
  }
}
