// Answers whose parts are sent as they are made: they last as long as the sign-in of the caller.
import type { FastifyReply } from 'fastify';
import { parseSasToken } from '../../domain/access/sas-token.ts';
import { outcomeOf } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { tokenOf } from './exchange.ts';
import type { RouteAnswer } from './route.ts';
import { checkStillSignedIn, type SignIn } from './sign-in.ts';

type PartsAnswer = Extract<RouteAnswer, { readonly parts: unknown }>;

/** How long a timer waits at most: longer ones fire at once. */
const LONGEST_WAIT_MS = 24 * 3600 * 1000;

/** Ends the answer, with a reason for the caller, when the token expires, its key is rotated, or its policy goes or loses the permission. */
export function sendParts(visit: SignIn, { status, contentType, parts, endSignIn }: PartsAnswer, clock: Clock): FastifyReply {
  const { request, reply, hub } = visit;
  const expiry = outcomeOf(() => parseSasToken(tokenOf(request) ?? ''));
  const expiresAtMs = expiry.kind === 'done' ? expiry.value.expirySeconds * 1000 : Infinity;
  const check = (): void => {
    const stillSignedIn = outcomeOf(() => checkStillSignedIn(visit));
    if (stillSignedIn.kind === 'refused') endSignIn(stillSignedIn.refusal.message);
  };
  const waitForExpiry = () =>
    clock.after(Math.min(expiresAtMs - clock.nowMs(), LONGEST_WAIT_MS), () => {
      if (clock.nowMs() < expiresAtMs) timer = waitForExpiry();
      else check();
    });
  let timer = waitForExpiry();
  const stopHearing = hub.policies.onChange(check);
  parts.once('close', () => {
    timer.cancel();
    stopHearing();
  });
  // Some proxies would hold the parts back until there are many.
  return reply.code(status).headers({ 'content-type': contentType, 'x-accel-buffering': 'no' }).send(parts);
}
