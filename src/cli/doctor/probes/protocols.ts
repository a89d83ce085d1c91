// Whether a hub answers behind its ports: one question over HTTPS, one CONNECT over MQTT.
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP, isIPv6 } from 'node:net';
import { text as readStream } from 'node:stream/consumers';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import { formatSasToken, textToSign } from '../../../domain/access/sas-token.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { parseJson, type JsonValue } from '../../../domain/json.ts';
import type { Clock } from '../../../ports/clock.ts';
import { createSigner } from '../../../system/signer.ts';
import { PROBE_MS, withDeadline } from './deadline.ts';
import { faultOf } from './network.ts';
import { overTls, type Place } from './tls.ts';

/** `hubMs`: the time in the answer, to the second; `nowMs`: the time here when the answer came. `body` is absent where it is no JSON. */
export type HttpAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly hubMs: number | undefined;
      readonly nowMs: number;
      readonly body: JsonValue | undefined;
    }
  | { readonly kind: 'fault'; readonly fault: string };

export type MqttAnswer =
  | { readonly kind: 'connack'; readonly returnCode: number }
  | { readonly kind: 'not mqtt' }
  | { readonly kind: 'fault'; readonly fault: string };

/** Whose token is sent, made for the time of the hub, which may differ from that of this machine. */
export type SignIn = {
  readonly policy: { readonly name: string; readonly key: string };
  readonly hubMs: number;
  readonly ca: string | undefined;
};

const TOKEN_SECONDS = 60;

/** Asks whoever listens there, whether trusted or not. */
export function askHealth(place: Place, clock: Clock): Promise<HttpAnswer> {
  return ask({ place, path: '/hub/health/ready', headers: {}, trust: { rejectUnauthorized: false } }, clock);
}

/**
 * Asks only a server with the right certificate, since a token is a secret. Its refusal may come late: an app on this machine with the same
 * bad key has been refused again and again.
 */
export function askStatus(place: Place, { policy, hubMs, ca }: SignIn, clock: Clock): Promise<HttpAnswer> {
  const expirySeconds = Math.floor(hubMs / 1000) + TOKEN_SECONDS;
  const signature = createSigner().sign(policy.key, textToSign(place.hostName, expirySeconds));
  const authorization = formatSasToken({ resource: place.hostName, signature, expirySeconds, policyName: policy.name });
  const trust = { rejectUnauthorized: true, ...(ca !== undefined && { ca }) };
  return ask({ place, path: '/hub/status', headers: { authorization }, trust, probeMs: PROBE_MS + LIMITS.refusalLastMs.value }, clock);
}

type Question = {
  readonly place: Place;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly trust: { readonly rejectUnauthorized: boolean; readonly ca?: string };
  readonly probeMs?: number;
};

async function ask(question: Question, clock: Clock): Promise<HttpAnswer> {
  const { place, path, headers, trust, probeMs } = question;
  const { address, port, hostName } = place;
  try {
    const askOnce = async (signal: AbortSignal): Promise<HttpAnswer> => {
      const done = Promise.withResolvers<IncomingMessage>();
      request({
        host: address,
        port,
        path,
        servername: isIP(hostName) === 0 ? hostName : '',
        checkServerIdentity: (_, certificate) => checkServerIdentity(hostName, certificate),
        headers: { host: `${isIPv6(hostName) ? `[${hostName}]` : hostName}:${port}`, accept: 'application/json', ...headers },
        agent: false,
        signal,
        ...trust,
      })
        .on('response', done.resolve)
        .on('error', done.reject)
        .end();
      const response = await done.promise;
      const body = parseOrNothing(await readStream(response));
      const hubMs = Date.parse(response.headers.date ?? '');
      const nowMs = clock.nowMs();
      return { kind: 'answer', status: response.statusCode ?? 0, hubMs: Number.isNaN(hubMs) ? undefined : hubMs, nowMs, body };
    };
    return await withDeadline(clock, askOnce, probeMs);
  } catch (error) {
    return { kind: 'fault', fault: faultOf(error) };
  }
}

function parseOrNothing(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * CONNECT with an empty client id and nothing else. A hub refuses that with code 2 before it looks for a device [MQTT-3.1.3-8], so nobody
 * is disconnected and nothing is counted as a refused sign-in.
 */
const CONNECT = Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0]);
const CONNACK = 0x20;
const CONNACK_BYTES = 4;

export async function askMqtt(place: Place, clock: Clock): Promise<MqttAnswer> {
  try {
    return await overTls(place, { clock }, async (socket) => {
      socket.write(CONNECT);
      const answer = await firstBytes(socket, CONNACK_BYTES);
      const isConnack = answer.length >= CONNACK_BYTES && answer.readUInt8(0) === CONNACK;
      return isConnack ? { kind: 'connack', returnCode: answer.readUInt8(3) } : { kind: 'not mqtt' };
    });
  } catch (error) {
    return { kind: 'fault', fault: faultOf(error) };
  }
}

/** Fewer when the server ends the connection before. */
async function firstBytes(socket: TLSSocket, count: number): Promise<Buffer> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    // Nothing sets an encoding, so chunks are bytes.
    received = Buffer.concat([received, chunk as Buffer]);
    if (received.length >= count) break;
  }
  return received;
}
