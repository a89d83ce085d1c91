// The HTTP API on Fastify: puts routing, sign-in and error answers around the routes; the listener under it is server.ts.
import { METHODS, type IncomingMessage, type Server } from 'node:http';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { HubError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Hub } from '../../hub/hub.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { checkApiVersion } from './api-version.ts';
import { DateHeader } from './date-header.ts';
import {
  addCommonHeaders,
  asRouteRequest,
  checkHost,
  isReset,
  logRequest,
  notFound,
  prepareBody,
  queryOf,
  sendAnswer,
  sendError,
} from './exchange.ts';
import type { CertificateOf } from './peer.ts';
import { RequestTurns } from './request-turns.ts';
import type { Route } from './route.ts';
import { auditRoutes } from './routes/audit.ts';
import { caCertificateRoutes } from './routes/ca-certificates.ts';
import { deviceMessageRoutes } from './routes/device-messages.ts';
import { deviceRoutes } from './routes/devices.ts';
import { digitalTwinRoutes } from './routes/digital-twins.ts';
import { healthRoutes } from './routes/health.ts';
import { indexAdviceRoutes } from './routes/index-advice.ts';
import { indexRoutes } from './routes/indexes.ts';
import { jobRoutes } from './routes/jobs.ts';
import { methodRoutes } from './routes/methods.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { moduleRoutes } from './routes/modules.ts';
import { policyRoutes } from './routes/policies.ts';
import { liveQueryRoutes } from './routes/live-queries.ts';
import { queryRoutes } from './routes/query.ts';
import { statisticsRoutes } from './routes/statistics.ts';
import { statusRoutes } from './routes/status.ts';
import { twinRoutes } from './routes/twins.ts';
import { measureRequest, operationOf } from './measure-request.ts';
import { handshakeFault, WEB_SOCKET_PATH } from './web-socket-handshake.ts';
import { sendParts } from './send-parts.ts';
import { checkStillSignedIn, signIn } from './sign-in.ts';
import { beginVisit, decorateWithVisits } from './visit.ts';

/** `version`: of twinhub, as GET /hub/status tells it. */
export type HttpAppDependencies = {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
  readonly certificateOf: CertificateOf;
};

/** How the app meets the network; without it nothing listens and requests come through `inject`. */
type HttpTransport = Pick<FastifyServerOptions<Server>, 'serverFactory' | 'clientErrorHandler'>;

type App = FastifyInstance<Server>;

/** Every call the gateway serves. */
export function allRoutes(hub: Hub, version: string): readonly Route[] {
  return [
    ...deviceRoutes(hub),
    ...deviceMessageRoutes(hub),
    ...moduleRoutes(hub),
    ...statisticsRoutes(hub),
    ...twinRoutes(hub),
    ...queryRoutes(hub),
    ...liveQueryRoutes(hub),
    ...indexRoutes(hub),
    ...indexAdviceRoutes(hub),
    ...methodRoutes(hub),
    ...digitalTwinRoutes(hub),
    ...jobRoutes(hub),
    ...healthRoutes(hub),
    ...policyRoutes(hub),
    ...caCertificateRoutes(hub),
    ...auditRoutes(hub),
    ...statusRoutes(hub, version),
    ...metricsRoutes(hub),
  ];
}

/** Whoever has the app closes it, and the transport's server after it. */
export function buildHttpApp(dependencies: HttpAppDependencies, transport: HttpTransport = {}): App {
  const { hub, log, random, version } = dependencies;
  const surroundings = { random, log, clock: dependencies.clock, date: new DateHeader(dependencies.clock) };
  const app = fastify<Server>({ ...transport, ...fastifyOptions(surroundings) });
  decorateWithVisits(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const turns = new RequestTurns();
  app.addHook('onRequest', (request, reply, done) => {
    if (isReset(request)) request.socket.destroy();
    else turns.take(reply.raw, done);
  });
  app.addHook('onRequest', (request, reply, done) => {
    beginVisit(request, random);
    addCommonHeaders(request, reply, surroundings);
    checkHost(request);
    prepareBody(request);
    // Not in a handler, before which Fastify would wait for the body.
    if (request.is404) throw notFound(request);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply, log);
    if (!request.visit.isMeasured) measureRequest(request, reply, hub.metrics);
    done();
  });
  app.setErrorHandler((error, request, reply) => sendError({ error, request, reply }, dependencies));
  const routes = allRoutes(hub, version);
  for (const route of routes) addRoute(app, route, dependencies);
  refuseHandshakes(app);
  refuseOtherMethods(app, [...routes, { method: 'GET', path: WEB_SOCKET_PATH }]);
  return app;
}

type Surroundings = { readonly random: Random; readonly clock: Clock; readonly log: Log; readonly date: DateHeader };

function fastifyOptions(surroundings: Surroundings): FastifyServerOptions<Server> {
  return {
    exposeHeadRoutes: false,
    rewriteUrl: (request) => {
      if (isDisguisedPatch(request)) request.method = 'PATCH';
      return request.url ?? '/';
    },
    bodyLimit: LIMITS.deviceBodyBytes.value,
    // No route has a schema. Without these Fastify would load its compilers for them, which took a quarter of the time until the hub is ready.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: {
      // The SDK lists devices under /devices/ (contract 0.8).
      ignoreTrailingSlash: true,
      // No id is too long to be looked for; one longer than all headers together does not get here.
      maxParamLength: LIMITS.httpHeaderBytes.value,
      querystringParser: (text) => Object.fromEntries(new URLSearchParams(text)),
    },
    // For requests that fit no route because their path cannot be decoded; no hook sees them.
    frameworkErrors: (error, request, reply) => {
      beginVisit(request, surroundings.random);
      addCommonHeaders(request, reply, surroundings);
      sendError({ error, request, reply }, surroundings);
    },
  };
}

function noSchemas(): never {
  throw new Error('No route has a schema.');
}

/** The HTTP client of Java cannot send PATCH, so the service SDK for Java sends POST and says what it means. */
function isDisguisedPatch({ method, headers }: IncomingMessage): boolean {
  return method === 'POST' && headers['x-http-method-override'] === 'PATCH';
}

function addRoute(app: App, route: Route, dependencies: HttpAppDependencies): void {
  const { hub, certificateOf } = dependencies;
  const isOwn = route.path.startsWith('/hub/');
  const operation = operationOf(route);
  app.route({
    method: route.method,
    url: route.path,
    ...(route.maxBodyBytes !== undefined && { bodyLimit: route.maxBodyBytes }),
    onRequest: (request, reply, done) => {
      request.visit.path = route.path;
      request.visit.operation = operation;
      // Paths under /hub are twinhub's own; they are not part of any version of the service.
      if (!isOwn) checkApiVersion(queryOf(request)['api-version']);
      goOn(signIn({ request, reply, route, hub, certificateOf }), done);
    },
    ...(route.maxBodyBytes !== undefined && {
      preHandler: (request: FastifyRequest, reply: FastifyReply, done: Done) =>
        goOn(checkStillSignedIn({ request, reply, route, hub, certificateOf }), done),
    }),
    handler: async (request, reply) => {
      const answer = await route.handle(asRouteRequest(request, reply));
      if (!('parts' in answer)) return sendAnswer(reply, answer);
      // As answered from this moment on, however long its parts come.
      measureRequest(request, reply, hub.metrics);
      request.visit.isMeasured = true;
      return sendParts({ request, reply, route, hub, certificateOf }, answer, dependencies.clock);
    },
    errorHandler: (error, request, reply) => sendError({ error, request, reply, route }, dependencies),
  });
}

type Done = (error?: Error) => void;

/** Goes on when there is nothing to wait for, or else when that is over: a back end signs in without a turn of the event loop. */
function goOn(waitedFor: Promise<void> | undefined, done: Done): void {
  if (waitedFor) void goOnAfter(waitedFor, done);
  else done();
}

async function goOnAfter(waitedFor: Promise<void>, done: Done): Promise<void> {
  try {
    await waitedFor;
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  done();
}

/** A good handshake never comes here, but goes to web-sockets.ts; this says what was wrong with any other. */
function refuseHandshakes(app: App): void {
  const refuse = ({ raw }: FastifyRequest, reply: FastifyReply): never => {
    reply.header('sec-websocket-version', '13');
    const fault = handshakeFault(raw) ?? 'A WebSocket handshake must wait for the answers to the requests before it on its connection.';
    throw new HubError('GenericBadRequest', fault);
  };
  app.route({ method: 'GET', url: WEB_SOCKET_PATH, onRequest: refuse, handler: refuse });
}

/** Answers 405 where the path is known, also for methods that Fastify would not route by itself. */
function refuseOtherMethods(app: App, routes: readonly Pick<Route, 'method' | 'path'>[]): void {
  for (const method of METHODS.filter((known) => !app.supportedMethods.includes(known))) app.addHttpMethod(method);
  for (const path of new Set(routes.map((route) => route.path))) {
    const allowed: readonly string[] = routes.filter((route) => covers(route.path, path)).map((route) => route.method);
    const refuse = (request: FastifyRequest, reply: FastifyReply): never => {
      reply.header('allow', allowed.join(', '));
      throw new HubError(
        'GenericMethodNotAllowed',
        `${request.method} is not served under this path, only ${allowed.join(', ')}. See docs/compatibility.md for the calls that are.`,
      );
    };
    app.route({ method: METHODS.filter((method) => !allowed.includes(method)), url: path, onRequest: refuse, handler: refuse });
  }
}

/** Whether every path that fits `path` fits `pattern` too: `/devices/query` is also the path of a device with that id. */
function covers(pattern: string, path: string): boolean {
  const [names, segments] = [pattern.split('/'), path.split('/')];
  return names.length === segments.length && names.every((name, index) => name.startsWith(':') || name === segments[index]);
}
