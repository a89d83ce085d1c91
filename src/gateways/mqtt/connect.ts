// Reads a CONNECT as a list of named checks: who wants to connect to which hub, and on what terms (behaviour 7.1, contract 1.1).
import { isHubHost } from '../../domain/access/sas-token.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { ConnackCode, ConnectPacket } from './packets.ts';
import { isEventsTopic } from './topics.ts';

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
  const userName = parseUserName(packet.userName ?? '');
  const refusal =
    refusedClientId(packet) ??
    refusedModule(packet, userName) ??
    refusedUserName(packet, userName) ??
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

function refusedModule({ clientId }: ConnectPacket, userName: UserName): ConnectRefusal | undefined {
  if (!clientId.includes('/') && !userName.namesModule) return undefined;
  return refuse(2, 'Modules cannot connect, this hub has none.');
}

function refusedUserName({ clientId }: ConnectPacket, { deviceId }: UserName): ConnectRefusal | undefined {
  return deviceId === clientId
    ? undefined
    : refuse(5, 'The user name must be {host}/{device id}/?api-version=… for the device of the client id.');
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

type UserName = { readonly host: string; readonly deviceId: string; readonly namesApiVersion: boolean; readonly namesModule: boolean };

/** `{host}/{device id}`, then nothing, `/?api-version=…&…`, or `/api-version=…` as older clients write it. */
function parseUserName(text: string): UserName {
  const [host = '', deviceId = '', ...others] = text.split('/');
  const rest = others.join('/');
  const fields = (rest.startsWith('?') ? rest.slice(1) : rest).split('&');
  const namesApiVersion = fields.some((field) => field.startsWith(API_VERSION) && field.length > API_VERSION.length);
  return { host, deviceId, namesApiVersion, namesModule: rest !== '' && !rest.startsWith('?') && !rest.startsWith(API_VERSION) };
}

const API_VERSION = 'api-version=';

function refuse(returnCode: ConnackCode, because: string): ConnectRefusal {
  return { kind: 'refusal', returnCode, because };
}
