// Reads a CONNECT as a list of named checks: who wants to connect to which hub, and on what terms (behaviour 7.1, contract 1.1).
import { isHubHost } from '../../domain/access/sas-token.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { ConnackCode, ConnectPacket } from './packets.ts';
import { isEventsTopic } from './device-topics.ts';

/** A CONNECT that may be tried; whether the token is good is not known yet. */
export type ConnectRequest = {
  readonly kind: 'request';
  readonly deviceId: string;
  readonly token: string;
  readonly cleanSession: boolean;
  /** False when the user name named no api-version: such a device may not report properties (behaviour 3.5). */
  readonly mayReport: boolean;
  /** How long the device may be silent. */
  readonly silenceLimitMs: number;
  /** `undefined` without a will. */
  readonly willBytes: number | undefined;
};

/** `because` is for the log: one sentence. */
export type ConnectRefusal = { readonly kind: 'refusal'; readonly returnCode: ConnackCode; readonly because: string };

/** @param hostNames the names of this hub, of which the user name must give one. */
export function readConnect(packet: ConnectPacket, hostNames: readonly string[]): ConnectRequest | ConnectRefusal {
  const userName = parseUserName(packet.userName ?? '', packet.clientId);
  const refusal =
    refusedClientId(packet) ??
    refusedModule(packet) ??
    refusedUserName(userName) ??
    refusedHost(userName, hostNames) ??
    refusedPassword(packet) ??
    refusedWill(packet);
  if (refusal) return refusal;
  return {
    kind: 'request',
    deviceId: packet.clientId,
    token: packet.password ?? '',
    cleanSession: packet.cleanSession,
    mayReport: userName.namesApiVersion,
    silenceLimitMs: silenceLimitMs(packet.keepAliveSeconds),
    willBytes: packet.will?.payloadBytes,
  };
}

function refusedClientId({ clientId }: ConnectPacket): ConnectRefusal | undefined {
  const maxChars = LIMITS.deviceIdChars.value;
  // [MQTT-3.1.3-8], also for a clean session: the hub cannot make up a device.
  if (clientId === '') return refuse(2, 'The client id must be the device id, but it is empty.');
  if (clientId.length > maxChars) return refuse(2, `A device id has at most ${maxChars} characters.`);
  if (clientId.includes('+') || clientId.includes('#')) return refuse(2, 'A device id with + or # cannot stand in MQTT topics.');
  return undefined;
}

function refusedModule({ clientId }: ConnectPacket): ConnectRefusal | undefined {
  return clientId.includes('/') ? refuse(2, 'Modules cannot connect, this hub has none.') : undefined;
}

function refusedUserName({ isOfClient }: UserName): ConnectRefusal | undefined {
  return isOfClient ? undefined : refuse(5, 'The user name must be {host}/{device id}/?api-version=… for the device of the client id.');
}

function refusedHost({ host }: UserName, hostNames: readonly string[]): ConnectRefusal | undefined {
  return isHubHost(host, hostNames) ? undefined : refuse(5, `The user name is for another host than ${hostNames.join(', ')}.`);
}

function refusedPassword({ password }: ConnectPacket): ConnectRefusal | undefined {
  return password === undefined || password === '' ? refuse(5, 'The password must be a SAS token, but there is none.') : undefined;
}

/** A will is telemetry that is sent later, so the rules of telemetry hold for it (behaviour 7.2). */
function refusedWill({ clientId, will }: ConnectPacket): ConnectRefusal | undefined {
  if (!will) return undefined;
  if (!isEventsTopic(will.topic, clientId)) return refuse(5, 'The topic of the will must be the events topic of the device.');
  return will.qos > 1 ? refuse(5, 'The will must be at QoS 0 or 1.') : undefined;
}

/** One and a half times the keep-alive [MQTT-3.1.2-24]; a device that asks for none, or for a longer one, gets the longest. */
function silenceLimitMs(keepAliveSeconds: number): number {
  const maxSeconds = LIMITS.mqttKeepAliveMaxSeconds.value;
  const seconds = keepAliveSeconds === 0 ? maxSeconds : Math.min(keepAliveSeconds, maxSeconds);
  return seconds * 1500;
}

type UserName = {
  readonly host: string;
  /** Whether it is the user name of this client id, with nothing behind it that is no field. */
  readonly isOfClient: boolean;
  readonly namesApiVersion: boolean;
};

/**
 * `{host}/{client id}`, alone or with fields behind it: `/?api-version=…&…` or `?…`, and as clients wrote them before there was a `?`, with `&` or
 * `/` between them, in any order, not all of them percent-encoded: `/api-version=…`, `/DeviceClientType=…&api-version=…`.
 */
function parseUserName(text: string, clientId: string): UserName {
  const hostEnd = text.indexOf('/');
  const [host, path] = hostEnd < 0 ? [text, ''] : [text.slice(0, hostEnd), text.slice(hostEnd + 1)];
  const rest = path.startsWith(clientId) ? path.slice(clientId.length) : undefined;
  const isOfClient = rest !== undefined && /^(?:$|\/$|\/?\?|\/[\w-]+=)/.test(rest);
  return { host, isOfClient, namesApiVersion: isOfClient && /[/?&]api-version=[^/&]/.test(rest) };
}

function refuse(returnCode: ConnackCode, because: string): ConnectRefusal {
  return { kind: 'refusal', returnCode, because };
}
