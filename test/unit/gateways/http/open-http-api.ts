// The HTTP API over a hub with an ephemeral store and a fake clock; requests come without a socket, signed by a policy.
import type { LogFields, Log } from '../../../../src/ports/log.ts';
import { buildHttpApp } from '../../../../src/gateways/http/app.ts';
import type { Hub } from '../../../../src/hub/hub.ts';
import { systemRandom } from '../../../../src/system/system-random.ts';
import { openHub, type OpenHub } from '../../../support/open-hub.ts';
import { sasToken } from '../../../support/test-hub.ts';

type Call = {
  readonly method?: string;
  /** With its query; without one, the newest api-version is added. */
  readonly path: string;
  /** Whose primary key signs the token. Default: iothubowner. */
  readonly policy?: string;
  /** In place of a token of the policy; null for none. */
  readonly authorization?: string | null;
  readonly ifMatch?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly bytes?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** The address it comes from. Default: one of its own for each call, so that refused ones do not make each other wait. */
  readonly source?: string;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The parsed body; `undefined` when it is empty. */
  readonly json: ReturnType<typeof JSON.parse>;
};

type LogLine = { readonly level: string; readonly fields: LogFields; readonly message: string };

export type HttpApi = OpenHub & {
  readonly log: readonly LogLine[];
  call(call: Call): Promise<Answer>;
};

/** @param changeHub puts something broken in the place of a part. */
export async function openHttpApi(changeHub: (hub: Hub) => Hub = (hub) => hub): Promise<HttpApi> {
  const log: LogLine[] = [];
  const open = await openHub({ log: recordTo(log) });
  const app = buildHttpApp({
    hub: changeHub(open.hub),
    clock: open.clock,
    random: systemRandom,
    log: recordTo(log),
    version: '1.2.3',
    certificateOf: () => undefined,
  });
  return {
    ...open,
    log,
    async call(call): Promise<Answer> {
      const { statusCode, headers, payload } = await app.inject({
        method: (call.method ?? 'GET') as 'GET',
        url: call.path.includes('?') ? call.path : `${call.path}?api-version=2021-04-12`,
        headers: headersOf(call, open.hub),
        remoteAddress: call.source ?? newAddress(),
        ...payloadOf(call),
      });
      return { status: statusCode, headers, text: payload, json: payload === '' ? undefined : JSON.parse(payload) };
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await app.close();
      await open[Symbol.asyncDispose]();
    },
  };
}

let addresses = 0;

function newAddress(): string {
  addresses += 1;
  return `10.0.${addresses >> 8}.${addresses & 255}`;
}

/** A token that is good for the whole hub until the far future. */
function policyToken(hub: Hub, policyName: string): string {
  const policy = hub.policies.find(policyName);
  if (!policy) throw new Error(`no policy ${policyName}`);
  return sasToken({ key: policy.keys.primaryKey, resource: 'localhost', policyName });
}

function headersOf({ authorization, policy = 'iothubowner', ifMatch, headers }: Call, hub: Hub): Record<string, string> {
  const token = authorization === undefined ? policyToken(hub, policy) : authorization;
  return { ...(token !== null && { authorization: token }), ...(ifMatch !== undefined && { 'if-match': ifMatch }), ...headers };
}

function payloadOf({ body, bytes }: Call): { payload?: string | Buffer } {
  if (bytes !== undefined) return { payload: typeof bytes === 'string' ? bytes : Buffer.from(bytes) };
  return body === undefined ? {} : { payload: JSON.stringify(body) };
}

function recordTo(lines: LogLine[]): Log {
  const recorder = (level: string) => {
    return (fields: LogFields, message: string): void => {
      lines.push({ level, fields, message });
    };
  };
  return { debug: recorder('debug'), info: recorder('info'), warn: recorder('warn'), error: recorder('error') };
}
