// What the gateway knows of a request under way besides what Fastify does: kept on the request itself, and gone with it.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Server } from 'node:http';
import type { Actor } from '../../domain/audit/audit-entry.ts';
import type { MeasuredOperation } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';

declare module 'fastify' {
  interface FastifyRequest {
    visit: Visit;
  }
}

class Visit {
  /** As the caller wrote it; `undefined` without one. */
  contentType: string | undefined = undefined;
  /** Absent until a route has taken the request, and where none does. */
  path: string | undefined = undefined;
  /** What the route counts as; absent as `path`, and for what is not counted. */
  operation: MeasuredOperation | undefined = undefined;
  /** Absent where no policy signed in. */
  actor: Actor | undefined = undefined;
  /** Whether the metrics have been told of it. */
  isMeasured = false;
  readonly #random: Random;
  #trackingId: string | undefined = undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** 32 hexadecimal digits, made when they are first asked for: only refusals and the log at its finest show them. */
  get trackingId(): string {
    return (this.#trackingId ??= this.#random.uuid().replaceAll('-', ''));
  }
}

/** Gives every request a place for its visit, so that all have one shape. */
export function decorateWithVisits(app: FastifyInstance<Server>): void {
  app.decorateRequest('visit');
}

/** Comes before all else that is done with a request. */
export function beginVisit(request: FastifyRequest, random: Random): void {
  request.visit = new Visit(random);
}

/** The pattern of the path that was asked for, such as `/twins/:deviceId`; `undefined` where nothing is served. */
export function pathPatternOf(request: FastifyRequest): string | undefined {
  // Fastify makes the options anew for each look at them.
  return request.visit.path ?? request.routeOptions.url;
}
