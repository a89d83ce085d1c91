// Which requests open a WebSocket for MQTT, and what is wrong with those that nearly do [RFC 6455, section 4.2.1].
import type { IncomingMessage } from 'node:http';

/** Where devices open them (contract 0.3). SDKs put `iothub-no-client-cert=true` or an api-version behind it, which change nothing. */
export const WEB_SOCKET_PATH = '/$iothub/websocket';

/** The subprotocol that is spoken there [MQTT-6.0.0-3]. */
export const SUBPROTOCOL = 'mqtt';

/** As Fastify would find the path, so that what is no handshake is answered by the route of the same path. */
const WEB_SOCKET_TARGET = /^\/(?:\$|%24)iothub\/websocket\/?(?:\?|$)/;

type Handshake = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'headers'>;

/** Whether the request opens a WebSocket. Everything else is an ordinary request, whatever it says of upgrades. */
export function isHandshake(request: Handshake): boolean {
  if (!WEB_SOCKET_TARGET.test(request.url ?? '') || request.method !== 'GET') return false;
  // What every request without Host is told, it is told here too.
  return request.headers.host !== undefined && handshakeFault(request) === undefined;
}

/** What is wrong with a GET of the path, in words for whoever sent it; `undefined` for a good handshake. */
export function handshakeFault({ httpVersion, headers }: Handshake): string | undefined {
  if (httpVersion !== '1.1' || headers.upgrade?.toLowerCase() !== 'websocket') {
    return 'This path serves MQTT over WebSocket only: send Upgrade: websocket and Connection: Upgrade over HTTP/1.1.';
  }
  if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0') return 'A WebSocket handshake has no body.';
  if (headers['sec-websocket-version'] !== '13') return 'The version of the WebSocket protocol must be 13: send Sec-WebSocket-Version: 13.';
  if (!/^[+/\dA-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) return 'Sec-WebSocket-Key must be 16 bytes in base64.';
  return subprotocolFault(headers['sec-websocket-protocol']);
}

function subprotocolFault(offered: string | undefined): string | undefined {
  const names = (offered ?? '').split(',').map((name) => name.trim());
  if (!names.includes(SUBPROTOCOL)) {
    return 'The WebSocket must offer the subprotocol mqtt: send Sec-WebSocket-Protocol: mqtt. No other is served, AMQP included.';
  }
  // Each a token, and none twice [RFC 6455, section 4.1].
  const wellFormed = names.every((name) => /^[!#$%&'*+.^`|~\w-]+$/.test(name)) && new Set(names).size === names.length;
  return wellFormed ? undefined : 'Sec-WebSocket-Protocol must be names that are separated by commas, none of them twice.';
}
