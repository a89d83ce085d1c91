// A REST call as data: its path, who may make it, how large its body may be, and the function that answers it.
import type { Readable } from 'node:stream';
import type { Actor } from '../../domain/audit/audit-entry.ts';
import { HubError, invariant } from '../../domain/errors.ts';
import { type JsonObject, type JsonValue, parseJsonBytes } from '../../domain/json.ts';
import type { NeededPermissions } from '../../hub/access.ts';

export type Route = {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** `:name` stands for one segment, which may hold any character once it is decoded. */
  readonly path: string;
  /**
   * `device`: the device of the segment `:deviceId`, or a policy with DeviceConnect in its place. `deviceOrModule`: also a module of it, which
   * the token names. `nobody`: no sign-in at all.
   */
  readonly signIn: NeededPermissions | 'device' | 'deviceOrModule' | 'nobody';
  /** Absent where no body is read. */
  readonly maxBodyBytes?: number;
  /**
   * Present where errors have the nested envelope of direct methods (behaviour 9.1): gives its `info`.
   * @param error what `handle` threw for this request.
   */
  readonly nestedErrorInfo?: (error: HubError, request: RouteRequest) => JsonObject | undefined;
  /** @throws HubError for whatever the caller is to be told. */
  readonly handle: (request: RouteRequest) => RouteAnswer | Promise<RouteAnswer>;
};

export type RouteRequest = {
  /** The value of `:name` in the path, decoded. */
  readonly segment: (name: string) => string;
  /** Of a parameter that stands twice, the last value. */
  readonly query: Readonly<Record<string, string>>;
  /** @param name in lower case. `undefined` when the header is absent. */
  readonly header: (name: string) => string | undefined;
  /** Who signed in. Only for routes whose `signIn` is a list of permissions. */
  readonly by: () => Actor;
  /** As the caller wrote it. */
  readonly contentType: string | undefined;
  /** The body as it arrived; empty where there is none. */
  readonly bytes: Uint8Array;
  /** Aborted when the client closes its connection before it has the answer. */
  readonly gone: () => AbortSignal;
  /** @throws HubError ArgumentNull without a body, DeserializationError for one that is no JSON. */
  readonly body: () => JsonValue;
};

/** `etag` goes into the header of that name, quoted; `headers` go out as they are. */
export type RouteAnswer =
  | {
      readonly status: 200 | 400 | 503;
      readonly body: JsonValue;
      readonly etag?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** JSON that is written already. */
  | { readonly status: 200; readonly json: string; readonly headers?: Readonly<Record<string, string>> }
  /** Text for machines that read no JSON. */
  | { readonly status: 200; readonly text: string; readonly contentType: string }
  /** Parts that come as they are made. `endSignIn` ends them, and the caller is told why. */
  | {
      readonly status: 200;
      readonly contentType: string;
      readonly parts: Readable;
      readonly endSignIn: (why: string) => void;
    }
  | { readonly status: 202; readonly headers: Readonly<Record<string, string>> }
  | { readonly status: 204 };

/** Parts of a request as Fastify leaves them. `body` is what arrived, unparsed; anything but bytes counts as none. */
type RawParts = {
  readonly params: unknown;
  readonly query: RouteRequest['query'];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly contentType: string | undefined;
  readonly body: unknown;
  /** Absent where nobody signed in. */
  readonly by: Actor | undefined;
  readonly gone: () => AbortSignal;
};

export function routeRequest({ params, query, headers, contentType, body, by, gone }: RawParts): RouteRequest {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  return {
    segment: (name) => segmentOf(params, name),
    query,
    gone,
    header: (name) => textOf(headers[name]),
    by(): Actor {
      invariant(by, 'somebody signed in for this route');
      return by;
    },
    contentType,
    bytes,
    body: () => parseBody(bytes),
  };
}

/** The path that a token must cover: ids as they are, not percent-encoded. */
export function resourcePath({ path }: Route, params: unknown): string {
  return path.includes(':')
    ? path
        .split('/')
        .map((part) => (part.startsWith(':') ? segmentOf(params, part.slice(1)) : part))
        .join('/')
    : path;
}

/** @param params as Fastify leaves them. */
export function segmentOf(params: unknown, name: string): string {
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  invariant(typeof value === 'string', `the route's path has a segment :${name}`);
  return value;
}

/** A header that may stand several times is no text; none of these is read. */
function textOf(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function parseBody(bytes: Uint8Array): JsonValue {
  if (bytes.length > 0) return parseJsonBytes(bytes);
  throw new HubError('ArgumentNull', 'The body is missing. This call needs a JSON body.');
}
