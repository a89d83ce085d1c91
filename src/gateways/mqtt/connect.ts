// Reads a CONNECT as a list of named checks: who wants to connect to which hub, and on what terms (behaviour 7.1, contract 1.1).
import { isHubHost } from '../../domain/access/sas-token.ts';
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { ConnackCode, ConnectPacket } from './packets.ts';
import { isEventsTopic } from './own-topics.ts';

/** A CONNECT of a device or module that may be tried; whether the token is good is not known yet. */
export type ConnectRequest = {
  readonly kind: 'request';
  readonly identity: IdentityId;
  /** `undefined` where the password is absent or empty, as that of a device with a certificate is. */
  readonly token: string | undefined;
  readonly cleanSession: boolean;
  /** False when the user name named no api-version: such a device may not report properties (behaviour 3.5). */
  readonly mayReport: boolean;
  /** The model that it announces; empty without one. */
  readonly modelId: string;
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
  const [deviceId = '', moduleId] = packet.clientId.split('/');
  const identity = { deviceId, moduleId };
  const refusal =
    refusedClientId(packet) ??
    refusedUserName(userName) ??
    refusedHost(userName, hostNames) ??
    refusedModel(userName) ??
    refusedWill(packet, identity);
  if (refusal) return refusal;
  return {
    kind: 'request',
    identity,
    token: packet.password === '' ? undefined : packet.password,
    cleanSession: packet.cleanSession,
    mayReport: userName.namesApiVersion,
    modelId: userName.modelId,
    silenceLimitMs: silenceLimitMs(packet.keepAliveSeconds),
    willBytes: packet.will?.payloadBytes,
  };
}

/** `{device id}`, or `{device id}/{module id}` (behaviour 7.1). */
function refusedClientId({ clientId }: ConnectPacket): ConnectRefusal | undefined {
  const maxChars = LIMITS.deviceIdChars.value;
  const ids = clientId.split('/');
  // [MQTT-3.1.3-8], also for a clean session: the hub cannot make up a device.
  if (clientId === '') return refuse(2, 'The client id must be the device id, but it is empty.');
  if (ids.length > 2 || ids.includes('')) return refuse(2, 'The client id of a module must be {device id}/{module id}.');
  if (ids.some((id) => id.length > maxChars)) return refuse(2, `The id of a device or module has at most ${maxChars} characters.`);
  if (clientId.includes('+') || clientId.includes('#')) return refuse(2, 'An id with + or # cannot stand in MQTT topics.');
  return undefined;
}

function refusedUserName({ isOfClient }: UserName): ConnectRefusal | undefined {
  return isOfClient ? undefined : refuse(5, 'The user name must be {host}/{client id}/?api-version=… for the same client id.');
}

function refusedHost({ host }: UserName, hostNames: readonly string[]): ConnectRefusal | undefined {
  return isHubHost(host, hostNames) ? undefined : refuse(5, `The user name is for another host than ${hostNames.join(', ')}.`);
}

function refusedModel({ modelId }: UserName): ConnectRefusal | undefined {
  const maxChars = LIMITS.modelIdChars.value;
  // A model is named in twins, so it may hold nothing that they may not.
  return modelId.length > maxChars || modelId.includes('\0')
    ? refuse(5, `A model id in the user name has at most ${maxChars} characters, none of them U+0000.`)
    : undefined;
}

/** A will is telemetry that is sent later, so the rules of telemetry hold for it (behaviour 7.2). */
function refusedWill({ will }: ConnectPacket, identity: IdentityId): ConnectRefusal | undefined {
  if (!will) return undefined;
  if (!isEventsTopic(will.topic, identity)) return refuse(5, 'The topic of the will must be the events topic of the device or module.');
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
  readonly modelId: string;
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
  const namesApiVersion = isOfClient && /[/?&]api-version=[^/&]/.test(rest);
  const modelId = isOfClient ? (/[?&]model-id=([^&]*)/.exec(rest)?.[1] ?? '') : '';
  return { host, isOfClient, namesApiVersion, modelId: percentDecoded(modelId) };
}

/** Some clients write a model as it is (contract 1.1), others percent-encoded. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refuse(returnCode: ConnackCode, because: string): ConnectRefusal {
  return { kind: 'refusal', returnCode, because };
}
