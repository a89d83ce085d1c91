// Plays a session as a transcript: `>` a packet of the device, `*` something else that happens, `<` a packet of the hub, `!` another effect.
import { ERROR_CATALOGUE, type ErrorCode } from '../../src/domain/errors.ts';
import { addressOf } from '../../src/domain/identity/identity-id.ts';
import { parseJson } from '../../src/domain/json.ts';
import type { Twin } from '../../src/domain/twin/twin.ts';
import type { DevicePacket, HubPacket, Will } from '../../src/gateways/mqtt/packets.ts';
import { newSession, step } from '../../src/gateways/mqtt/session.ts';
import type { OutsideEndReason, SessionEffect, SessionInput, SessionState } from '../../src/gateways/mqtt/session-state.ts';
import type { Subscription } from '../../src/ports/subscription-store.ts';

export const HOST_NAMES = ['hub.example.com', 'localhost'];

/** The lines of a transcript without indentation and empty ones. */
export function transcript(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Plays the `>` and `*` lines and returns them with what the session did after each. Device `lamp`, unless CONNECT says another. */
export function play(lines: readonly string[], start: SessionState = newSession(HOST_NAMES)): readonly string[] {
  return playOn(start, lines).played;
}

/** The state that a session is in after these lines. */
export function stateAfter(lines: readonly string[], start: SessionState = newSession(HOST_NAMES)): SessionState {
  return playOn(start, lines).state;
}

/** A connected session of `lamp` that had these subscriptions, such as `methods,twinResponses`, from before. */
export function connected(subscriptions = '', connectWords = ''): SessionState {
  return stateAfter([`> CONNECT ${connectWords}`, '* authenticated', `* joined ${subscriptions || 'empty'}`]);
}

function playOn(start: SessionState, lines: readonly string[]): { readonly state: SessionState; readonly played: readonly string[] } {
  const played: string[] = [];
  let state = start;
  for (const line of lines) {
    if (!line.startsWith('>') && !line.startsWith('*')) continue;
    const next = step(state, inputOf(line));
    played.push(line, ...next.effects.map(lineOf));
    state = next.state;
  }
  return { state, played };
}

function inputOf(line: string): SessionInput {
  const [mark = '', word = '', ...words] = line.split(' ');
  if (mark === '>') return { kind: 'packet', packet: devicePacket(word, words) };
  return EVENTS[word]?.(words) ?? fail(line);
}

/** What may stand after `*`. */
const EVENTS: Readonly<Record<string, (words: readonly string[]) => SessionInput>> = {
  authenticated: ([address = 'lamp']) => {
    const [deviceId = '', moduleId] = address.split('/');
    return { kind: 'authenticated', principal: { deviceId, moduleId, etag: 'e', expiresAtMs: 5000, signedBy: undefined } };
  },
  joined: ([names = '']) => ({ kind: 'joined', keptSubscriptions: names === '' ? undefined : subscriptionsOf(names) }),
  saved: () => ({ kind: 'subscriptionsSaved' }),
  failed: ([code, ...because]) => ({ kind: 'failed', returnCode: code === '3' ? 3 : 5, because: because.join(' ') }),
  refusalDue: () => ({ kind: 'refusalDue' }),
  refusalDropped: () => ({ kind: 'refusalDropped' }),
  twin: ([rid = '', version]) => ({ kind: 'twinRead', rid, twin: twinAt(Number(version)) }),
  readRefused: ([rid = '', status]) => ({ kind: 'readRefused', rid, refusal: { status: Number(status), body: '{"errorCode":1}' } }),
  reported: ([id, version]) => ({ kind: 'reported', id: Number(id), version: Number(version) }),
  reportRefused: ([id, status]) => ({
    kind: 'reportRefused',
    id: Number(id),
    refusal: { status: Number(status), body: '{"errorCode":1}' },
  }),
  method: ([requestId = '', methodName = '', ...payload]) => ({
    kind: 'methodRequested',
    request: { requestId, methodName, payload: parseJson(payload.join(' ')) },
  }),
  desired: ([version, ...patch]) => ({
    kind: 'desiredChanged',
    // The transcripts of desired changes hold objects.
    notice: { version: Number(version), patch: parseJson(patch.join(' ')) as Twin['tags'] },
  }),
  // Any reason may stand there; a mistyped one shows in the output.
  end: ([reason]) => ({ kind: 'end', reason: reason as OutsideEndReason }),
};

function subscriptionsOf(names: string): readonly Subscription[] {
  // Names are those of the port; a mistyped one shows in the output.
  return names === 'empty' ? [] : (names.split(',') as Subscription[]);
}

function twinAt(desiredVersion: number): Twin {
  const section = (version: number): Twin['desired'] => ({ properties: { v: version }, metadata: {}, version });
  return { deviceId: 'lamp', etagCounter: 1, version: 1, tags: {}, desired: section(desiredVersion), reported: section(1) };
}

/** A packet as the words of its line say. */
export function devicePacket(name: string, words: readonly string[]): DevicePacket {
  const [first = '', ...rest] = words;
  switch (name) {
    case 'CONNECT':
      return connect(new Map(words.map((word) => splitAt(word, '='))));
    case 'PUBLISH':
      return publish(first, rest);
    case 'SUBSCRIBE':
      return { kind: 'subscribe', packetId: Number(first), filters: rest.map(filterOf) };
    case 'UNSUBSCRIBE':
      return { kind: 'unsubscribe', packetId: Number(first), filters: rest };
    case 'PINGREQ':
      return { kind: 'pingreq' };
    case 'PUBACK':
      return { kind: 'puback' };
    case 'DISCONNECT':
      return { kind: 'disconnect' };
    case 'MALFORMED':
      return { kind: 'malformed', reason: words.join(' ') };
    case 'CONNECT-MQTT5':
      return { kind: 'otherProtocol' };
    default:
      return { kind: 'unexpected', name };
  }
}

/** Words of CONNECT: clean, id=, user=, password=, keepAlive=, will=, willQos=. */
function connect(words: ReadonlyMap<string, string>): DevicePacket {
  const clientId = words.get('id') ?? 'lamp';
  const willTopic = words.get('will');
  const will: Will | undefined =
    willTopic === undefined ? undefined : { topic: willTopic, qos: Number(words.get('willQos') ?? 0), payloadBytes: 3 };
  return {
    kind: 'connect',
    clientId,
    userName: words.get('user') ?? `hub.example.com/${clientId}/?api-version=2021-04-12`,
    password: words.get('password') ?? 'token',
    cleanSession: words.has('clean'),
    keepAliveSeconds: Number(words.get('keepAlive') ?? 180),
    will,
  };
}

/** Words of PUBLISH: a topic, `qos1#{packet id}` or `qos2#…` if it is not 0, and the payload. */
function publish(topic: string, words: readonly string[]): DevicePacket {
  const delivery = /^qos([12])#(\d+)$/.exec(words[0] ?? '');
  const payload = Buffer.from((delivery ? words.slice(1) : words).join(' '));
  return { kind: 'publish', topic, payload, qos: Number(delivery?.[1] ?? 0), packetId: Number(delivery?.[2] ?? 0) };
}

/** A filter, with `@{qos}` behind it if it is not 0. */
function filterOf(word: string): { readonly filter: string; readonly qos: number } {
  const [filter, qos] = splitAt(word, '@');
  return { filter, qos: Number(qos) };
}

function splitAt(text: string, mark: string): readonly [string, string] {
  const index = text.indexOf(mark);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function lineOf(effect: SessionEffect): string {
  const words = effect.kind === 'send' ? ['<', ...packetWords(effect.packet)] : ['!', ...effectWords(effect)];
  return words.filter((word) => word !== '').join(' ');
}

function packetWords(packet: HubPacket): readonly string[] {
  switch (packet.kind) {
    case 'connack':
      return ['CONNACK', String(packet.returnCode), packet.sessionPresent ? 'sessionPresent' : ''];
    case 'publish':
      return ['PUBLISH', packet.topic, packet.payload];
    case 'puback':
      return ['PUBACK', String(packet.packetId)];
    case 'suback':
      return ['SUBACK', String(packet.packetId), packet.granted.join(',')];
    case 'unsuback':
      return ['UNSUBACK', String(packet.packetId)];
    case 'pingresp':
      return ['PINGRESP'];
  }
}

function effectWords(effect: Exclude<SessionEffect, { readonly kind: 'send' }>): readonly string[] {
  switch (effect.kind) {
    case 'authenticate':
      return ['authenticate', addressOf(effect.identity), effect.token ?? 'no token'];
    case 'holdRefusal':
      return ['hold', effect.clientId, effect.because];
    case 'join':
      return ['join', addressOf(effect.principal), effect.modelId, effect.cleanSession ? 'clean' : ''];
    case 'saveSubscriptions':
      return ['save', addressOf(effect.identity), effect.subscriptions.join(',') || 'empty'];
    case 'watch':
      return ['watch', `silence=${effect.silenceLimitMs}`, `token=${effect.expiresAtMs}`];
    case 'announceListening':
      return ['listening'];
    case 'noteActivity':
      return ['active'];
    case 'acceptTelemetry':
      return ['telemetry', String(effect.bytes)];
    case 'answerMethod':
      return effect.answer.kind === 'done'
        ? ['answer', effect.requestId, String(effect.answer.value.status), JSON.stringify(effect.answer.value.payload)]
        : ['noAnswer', effect.requestId, codeWord(effect.answer.refusal.code), effect.answer.refusal.message];
    case 'readTwin':
      return ['readTwin', effect.rid];
    case 'report':
      return ['report', String(effect.id), effect.body.toString(), effect.baseVersion === undefined ? '' : `base=${effect.baseVersion}`];
    case 'refuseReport':
      return ['refuseReport', String(effect.id), codeWord(effect.code)];
    case 'close':
      return ['close', effect.end.reason, effect.end.because ?? ''];
  }
}

function codeWord(code: ErrorCode): string {
  return `${code}(${ERROR_CATALOGUE[code].number})`;
}

function fail(line: string): never {
  throw new Error(`no such line: ${line}`);
}
