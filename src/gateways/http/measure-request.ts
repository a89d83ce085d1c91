// What the metrics are told of a request over HTTPS when its answer has been sent.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ERROR_CATALOGUE, type ErrorCode } from '../../domain/errors.ts';
import type { MeasuredOperation, Metrics } from '../../ports/metrics.ts';
import type { Route } from './route.ts';
import { pathPatternOf } from './visit.ts';

export function measureRequest(request: FastifyRequest, reply: FastifyReply, metrics: Metrics): void {
  const { method, visit } = request;
  const { operation } = visit;
  metrics.requestAnswered({
    method: isServed(reply) ? method : 'other',
    route: pathPatternOf(request),
    status: reply.statusCode,
    seconds: reply.elapsedTime / 1000,
  });
  if (operation === undefined) return;
  const failure = errorCodeOf(reply);
  metrics.operationEnded(operation, failure);
  if (failure !== undefined) return;
  // By its length, since a chunked body does not announce one.
  const sent = request.body instanceof Uint8Array ? request.body.length : 0;
  const received = Number(reply.getHeader('content-length') ?? 0);
  if (operation === 'c2d.twin.read') metrics.bodySeen(operation, received);
  if (operation === 'c2d.twin.update') metrics.bodySeen(operation, sent);
  if (operation !== 'c2d.methods') return;
  metrics.bodySeen('c2d.methods.request', sent);
  metrics.bodySeen('c2d.methods.response', received);
}

/** Without a sign-in anybody may send any method to any path, so those that nothing serves are not told apart. Each such answer has Allow. */
function isServed(reply: FastifyReply): boolean {
  return pathPatternOf(reply.request) !== undefined && !reply.hasHeader('allow');
}

/** What a route counts as; `undefined` for what the service does not count. Which kind of job a PUT creates is told by the use case. */
export function operationOf({ method, path: route }: Route): MeasuredOperation | undefined {
  if (/^\/(digital)?twins\//.test(route)) {
    if (/\/(methods|commands\/:command)$/.test(route)) return method === 'POST' ? 'c2d.methods' : undefined;
    if (method === 'GET') return 'c2d.twin.read';
    return method === 'PATCH' || method === 'PUT' ? 'c2d.twin.update' : undefined;
  }
  if (method === 'GET' && route === '/jobs/v2/query') return 'jobs.queryJobs';
  return method === 'POST' && /^\/(jobs\/v2|hub\/jobs)\/:jobId\/cancel$/.test(route) ? 'jobs.cancelJob' : undefined;
}

/** Of a refusal, which stands in a header of its answer. */
function errorCodeOf(reply: FastifyReply): ErrorCode | undefined {
  const code = reply.getHeader('iothub-errorcode');
  if (code === undefined) return undefined;
  return Object.keys(ERROR_CATALOGUE).find((known): known is ErrorCode => known === code);
}
