// One exchange on Fastify: what a route takes is read from the request, and its answer or refusal is written to the reply.
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { errorResponse, JSON_TYPE } from './error-response.ts';
import type { DateHeader } from './date-header.ts';
import { type Route, type RouteAnswer, type RouteRequest, routeRequest } from './route.ts';
import { pathPatternOf } from './visit.ts';

type Surroundings = { readonly random: Random; readonly date: DateHeader };

/** The header is sent back where it could be an id; every other answer gets one of its own. */
export function addCommonHeaders(request: FastifyRequest, reply: FastifyReply, { random, date }: Surroundings): void {
  const given = request.headers['request-id'];
  const requestId = typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : random.uuid();
  // Answers hold keys of devices and policies. By the date clients see whether their tokens live as long here as they think.
  reply.header('x-ms-request-id', requestId);
  reply.header('cache-control', 'no-store');
  reply.header('date', date.text());
}

/**
 * Whether the client has reset the connection since it sent this. The system does not know its address any more then, so that a write would
 * stand in the audit without its source; and nobody would hear the answer.
 */
export function isReset({ socket }: FastifyRequest): boolean {
  return socket.remoteAddress === undefined;
}

/** @throws HubError GenericBadRequest for a request of HTTP/1.1 without Host, as RFC 9112, section 3.2, asks for. */
export function checkHost({ raw }: FastifyRequest): void {
  if (raw.httpVersion !== '1.1' || raw.headers.host !== undefined) return;
  throw new HubError('GenericBadRequest', 'The request has no Host header, which HTTP/1.1 asks for.');
}

/**
 * A body that a back end sends is JSON whatever its type says, and its type may be absent (contract 2.1): without the header Fastify does not
 * look at it. Those routes that do find it in their request.
 * @throws HubError GenericBadRequest for a compressed body.
 */
export function prepareBody(request: FastifyRequest): void {
  const { headers, visit } = request;
  visit.contentType = headers['content-type'];
  // Undefined, since deleting would make a slow table of the headers.
  headers['content-type'] = undefined;
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new HubError('GenericBadRequest', 'The Content-Encoding of the request is not supported. Send the body as it is.');
}

/** @throws HubError GenericUnauthorized for a token of Microsoft Entra ID, which SDKs send as Bearer. */
export function tokenOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined || !/^bearer /i.test(authorization)) return authorization;
  throw new HubError('GenericUnauthorized', 'Bearer tokens are not supported by this hub. Sign in with a shared access policy.');
}

export function queryOf(request: FastifyRequest): RouteRequest['query'] {
  // Fastify types it `unknown`; the parser set in app.ts makes an object of texts.
  return request.query as RouteRequest['query'];
}

export function asRouteRequest(request: FastifyRequest, { raw }: FastifyReply): RouteRequest {
  const { params, headers, body, visit } = request;
  const gone = (): AbortSignal => goneSignal(raw);
  return routeRequest({ params, query: queryOf(request), headers, contentType: visit.contentType, body, by: visit.actor, gone });
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const abort = (): void => gone.abort(new HubError('ServiceUnavailable', 'The client has closed its connection.'));
  if (response.destroyed) abort();
  response.once('close', () => {
    if (!response.writableFinished) abort();
  });
  return gone.signal;
}

export function sendAnswer(reply: FastifyReply, answer: Exclude<RouteAnswer, { readonly parts: unknown }>): FastifyReply {
  if (answer.status === 204) return reply.code(204).send();
  if (answer.status === 202) return reply.code(202).headers(answer.headers).send();
  if ('text' in answer) return reply.code(answer.status).header('content-type', answer.contentType).send(answer.text);
  if (answer.headers) reply.headers(answer.headers);
  if ('json' in answer) return reply.code(answer.status).header('content-type', JSON_TYPE).send(answer.json);
  if (answer.etag !== undefined) reply.header('etag', `"${answer.etag}"`);
  return reply.code(answer.status).header('content-type', JSON_TYPE).send(JSON.stringify(answer.body));
}

/** `route` is absent when none was found. */
type Failure = { readonly error: unknown; readonly request: FastifyRequest; readonly reply: FastifyReply; readonly route?: Route };

/** Answers a refusal as it is, and a bug without a word of it. The bug, or why the store fails, goes to the log under the tracking id. */
export function sendError({ error, request, reply, route }: Failure, { clock, log }: { readonly clock: Clock; readonly log: Log }): void {
  const refusal = asHubError(error);
  if (refusal.code === 'ServerError' || (refusal.code === 'ServiceUnavailable' && refusal.cause !== undefined)) {
    const fields = { trackingId: request.visit.trackingId, method: request.method, route: pathPatternOf(request) };
    log.error(
      { ...fields, error: error instanceof Error ? error : undefined },
      'A request failed through a fault in the hub or its store.',
    );
  }
  const nested = route?.nestedErrorInfo && { info: route.nestedErrorInfo(refusal, asRouteRequest(request, reply)) };
  const { status, headers, body } = errorResponse(refusal, {
    trackingId: request.visit.trackingId,
    nowMs: clock.nowMs(),
    ...(nested && { nested }),
  });
  // Fastify closes the connection on a body that is too large, and a client that still sends would lose the answer. Without the header Node
  // reads on and forgets what it reads, within the time for a request.
  reply.removeHeader('connection');
  reply.code(status).headers(headers).send(body);
}

export function notFound(request: FastifyRequest): HubError {
  const [path] = request.url.split('?');
  return new HubError(
    'GenericNotFound',
    `Nothing is served under ${path}. See docs/compatibility.md for the calls of the service that are.`,
  );
}

/** Names the pattern of the route, never the path: what stands behind a `?` is nobody's business. */
export function logRequest(request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const fields = {
    method: request.method,
    route: pathPatternOf(request),
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime),
    trackingId: request.visit.trackingId,
  };
  log.debug(fields, 'Request answered.');
}

/** Fastify marks what is wrong with a request by a 4xx status; whatever else is no HubError is a bug. */
function asHubError(error: unknown): HubError {
  if (error instanceof HubError) return error;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return new HubError('MessageTooLarge', 'The body is larger than this call accepts, see docs/limits.md.');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HubError(
      'GenericBadRequest',
      'The request cannot be understood. Its path, its headers or the length of its body are malformed.',
    );
  }
  return new HubError('ServerError', 'The request failed through a fault in the hub. Its log has the reason under this tracking id.');
}
