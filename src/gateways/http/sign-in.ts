// Signs in the caller of a route: a good token goes through at once, the answer to a bad one may have to wait.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkPolicyAllows } from '../../domain/access/policy.ts';
import { sourceAddress } from '../../domain/access/source-address.ts';
import { claimedPolicyName } from '../../domain/access/sas-token.ts';
import { HubError, outcomeOf } from '../../domain/errors.ts';
import type { NeededPermissions } from '../../hub/access.ts';
import type { Hub } from '../../hub/hub.ts';
import { rememberActor, tokenOf } from './exchange.ts';

type Visit = {
  readonly request: FastifyRequest;
  /** What the token must cover. */
  readonly path: string;
  readonly needed: NeededPermissions;
  readonly hub: Hub;
};

/**
 * Only a token that is no good counts as a refused sign-in: a caller without one has not tried, and one whose policy lacks a permission is known.
 * @param done is called with the refusal, or without when the caller is signed in; not at all when the caller goes away before.
 * @throws HubError for a caller who is not signed in and need not wait, or who may not make this call.
 */
export function signIn(
  { request, reply, path, needed, hub }: Visit & { readonly reply: FastifyReply },
  done: (refusal?: HubError) => void,
): void {
  const token = tokenOf(request);
  const outcome = outcomeOf(() => hub.access.authenticateService(token, path));
  if (outcome.kind === 'done') {
    checkPolicyAllows(outcome.value, needed);
    rememberActor(request, outcome.value.name);
    return done();
  }
  const { code, message } = outcome.refusal;
  const refusal = new HubError(code, message);
  if (token === undefined) throw refusal;
  const identity = `policy ${claimedPolicyName(token)}`;
  const held = hub.refusedSignIns.hold({ source: sourceAddress(request.ip), identity, because: message }, () => done(refusal));
  if (held.kind === 'held') reply.raw.once('close', () => held.cancel());
  else throw new HubError('ThrottlingException', 'Too many sign-ins from this address were refused. Correct the connection string.');
}

/** For when the body has arrived, which may be long after the head. @throws HubError when the token is good no longer. */
export function checkStillSignedIn({ request, path, needed, hub }: Visit): void {
  checkPolicyAllows(hub.access.authenticateService(tokenOf(request), path), needed);
}
