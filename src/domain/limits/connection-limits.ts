// Limits of connections, and of what comes over them.
import { KIB, type Limit } from './limit.ts';

export const CONNECTION_LIMITS = {
  mqttConnections: { value: 200_000, unit: 'connections', meaning: 'open MQTT connections of one node', source: 'twinhub' },
  httpConnections: {
    value: 20_000,
    unit: 'connections',
    meaning: 'open HTTPS connections of one node, WebSockets among them',
    source: 'twinhub',
  },
  messageBytes: { value: 256 * KIB, unit: 'bytes', meaning: 'body of a message that a device sends', source: 'behaviour 7.1' },
  mqttPacketBytes: {
    value: 321 * KIB,
    unit: 'bytes',
    meaning: 'largest MQTT packet, and largest message of a WebSocket',
    source: 'twinhub: the largest message, which SDKs send, under the longest topic',
  },
  mqttKeepAliveMaxSeconds: {
    value: 1177,
    unit: 'seconds',
    meaning: 'longest keep-alive a client gets, also when it asks for none',
    source: 'behaviour 7.1',
  },
  mqttConnectSeconds: { value: 30, unit: 'seconds', meaning: 'time from TCP accept to CONNACK', source: 'twinhub' },
  connectionGatherMs: {
    value: 5,
    unit: 'milliseconds',
    meaning:
      'time from one group commit of connections and their ends to the next; a connection waits no longer than that, beside what the store takes',
    source: 'twinhub: less than ten handshakes take',
  },
  mqttRequestsInFlight: { value: 100, unit: 'requests', meaning: 'unanswered twin requests of one connection', source: 'twinhub' },
  mqttWriteBufferBytes: {
    value: 4 * KIB * KIB,
    unit: 'bytes',
    meaning: 'bytes a device may leave unread before it is disconnected',
    source: 'twinhub',
  },
  mqttRidChars: { value: 256, unit: 'characters', meaning: 'longest $rid of a twin request', source: 'twinhub' },
  webSocketPieces: {
    value: 2048,
    unit: 'pieces',
    meaning: 'fragments of one message of a WebSocket, and pieces in which one of its frames arrives',
    source: 'twinhub: the largest message in TLS records of 512 bytes needs 642',
  },
  webSocketCloseSeconds: {
    value: 3,
    unit: 'seconds',
    meaning: 'time to answer the closing of a WebSocket, after which its connection is cut',
    source: 'twinhub',
  },
  httpHeaderBytes: { value: 16 * KIB, unit: 'bytes', meaning: 'all headers of one request', source: 'twinhub' },
  httpKeepAliveSeconds: {
    value: 120,
    unit: 'seconds',
    meaning: 'idle time before a kept-alive HTTP connection is closed',
    source: 'contract 2.1: above 60 s',
  },
  httpRequestSeconds: { value: 60, unit: 'seconds', meaning: 'time for a whole HTTP request to arrive', source: 'twinhub' },
  httpRequestsWaiting: {
    value: 16,
    unit: 'requests',
    meaning: 'requests that wait on one HTTPS connection for the answer to those before them; with one more the connection is closed',
    source: 'twinhub: SDKs send the next one after the answer; each that waits may hold 64 KiB of its body, before any sign-in',
  },
} satisfies Record<string, Limit>;
