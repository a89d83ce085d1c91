// Signs in the caller of a route, a back end or a device: a good token goes through at once, the answer to a bad one may have to wait.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkPolicyAllows } from '../../domain/access/policy.ts';
import { sourceAddress } from '../../domain/access/source-address.ts';
import { claimedModuleId, claimedPolicyName } from '../../domain/access/sas-token.ts';
import { HubError, outcomeOf } from '../../domain/errors.ts';
import { addressOf, type IdentityId } from '../../domain/identity/identity-id.ts';
import { LIMITS } from '../../domain/limits.ts';
import { type NeededPermissions, reasonOf } from '../../hub/access.ts';
import type { Hub } from '../../hub/hub.ts';
import type { RefusedSignIn } from '../../hub/refused-sign-ins.ts';
import { tokenOf } from './exchange.ts';
import type { CertificateOf } from './peer.ts';
import { resourcePath, type Route, segmentOf } from './route.ts';

export type SignIn = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly route: Route;
  readonly hub: Hub;
  readonly certificateOf: CertificateOf;
};

/**
 * @returns nothing when the caller is signed in; otherwise a promise that resolves when it is, and never when the caller goes away before its
 * refusal is told. Only a token that is no good counts as a
 * refused sign-in: a caller without one has not tried, and a back end whose policy lacks a permission is known.
 * @throws HubError for a caller who is not signed in, or may not make this call.
 */
export function signIn(visit: SignIn): Promise<void> | undefined {
  const needed = visit.route.signIn;
  if (needed === 'nobody') return undefined;
  return needed === 'device' || needed === 'deviceOrModule' ? signInDevice(visit) : signInBackEnd(visit, needed);
}

function signInBackEnd(visit: SignIn, needed: NeededPermissions): Promise<void> | undefined {
  const { request, route, hub } = visit;
  const token = tokenOf(request);
  const outcome = outcomeOf(() => hub.access.authenticateService(token, resourcePath(route, request.params)));
  if (outcome.kind === 'done') {
    checkPolicyAllows(outcome.value, needed);
    request.visit.actor = { policy: outcome.value.name, source: sourceAddress(request.ip) };
    return undefined;
  }
  const { code, message } = outcome.refusal;
  const refusal = new HubError(code, message);
  if (token === undefined) throw refusal;
  const identity = `policy ${claimedPolicyName(token)}`;
  return refuseLate(visit, { source: sourceAddress(request.ip), identity, because: message }, refusal);
}

/** A device or module that signs in was there, which shows in its lastActivityTime; it is connected no more than before. */
async function signInDevice(visit: SignIn): Promise<void> {
  const { request, hub } = visit;
  const id = identityOf(visit);
  // Before the client may have gone, with which its address goes.
  const source = sourceAddress(request.ip);
  try {
    await authenticateDevice(visit, id);
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'IotHubUnauthorizedAccess') throw error;
    // No device or module has a longer one, and what is counted is kept.
    const identity = `device ${addressOf(id).slice(0, 2 * LIMITS.deviceIdChars.value + 1)}`;
    await refuseLate(visit, { source, identity, because: reasonOf(error) }, error);
  }
  hub.connections.noteActivity(id);
}

/** Rejects, in its time; never resolves. */
function refuseLate({ reply, hub }: SignIn, refused: RefusedSignIn, refusal: HubError): Promise<never> {
  return new Promise((_, reject) => {
    const held = hub.refusedSignIns.hold(refused, () => reject(refusal));
    if (held.kind === 'held' && reply.raw.destroyed) held.cancel();
    else if (held.kind === 'held') reply.raw.once('close', () => held.cancel());
    else reject(new HubError('ThrottlingException', 'Too many sign-ins from this address were refused. Correct the connection string.'));
  });
}

/** For when the body has arrived, which may be long after the head. @returns as `signIn`. @throws HubError when the token is good no longer. */
export function checkStillSignedIn(visit: SignIn): Promise<void> | undefined {
  const { request, route, hub } = visit;
  const needed = route.signIn;
  if (needed === 'nobody') return undefined;
  if (needed === 'device' || needed === 'deviceOrModule') return authenticateDevice(visit, identityOf(visit));
  checkPolicyAllows(hub.access.authenticateService(tokenOf(request), resourcePath(route, request.params)), needed);
  return undefined;
}

async function authenticateDevice({ request, hub, certificateOf }: SignIn, id: IdentityId): Promise<void> {
  await hub.access.authenticateDevice(id, tokenOf(request), certificateOf(request.socket));
}

/** Who the caller of a device's route says it is. */
function identityOf({ request, route, hub }: SignIn): IdentityId {
  const deviceId = segmentOf(request.params, 'deviceId');
  const token = route.signIn === 'deviceOrModule' ? tokenOf(request) : undefined;
  return { deviceId, moduleId: token === undefined ? undefined : claimedModuleId(token, hub.hostNames, deviceId) };
}
