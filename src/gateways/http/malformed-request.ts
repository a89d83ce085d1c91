// Answers to what is no HTTP request at all: there is no route and no reply object, only a socket to write to and close.
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HubError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { errorResponse } from './error-response.ts';
import type { OpenConnections } from './open-connections.ts';

type Dependencies = { readonly clock: Clock; readonly random: Random; readonly log: Log; readonly connections: OpenConnections };

/**
 * Says what was wrong and ends the connection. Nothing is said where an answer to an earlier request is still to come, since the client
 * would take one for the other, nor where TLS failed.
 * @param error of Node's HTTP parser or of the TLS handshake. @param socket the connection, which nobody else closes.
 */
export function answerMalformedRequest(error: Error & { readonly code?: string }, socket: Socket, dependencies: Dependencies): void {
  const { clock, random, log, connections } = dependencies;
  // More of the same may arrive while the answer is on its way.
  if (socket.writableEnded) return;
  // Not the error itself: Node puts the bytes of the request into it, tokens and all.
  log.debug({ code: error.code, because: error.message }, 'A connection was ended: what came over it is no HTTPS request.');
  const fault = FAULTS.get(error.code ?? '') ?? (error.code?.startsWith('HPE_') ? MALFORMED : undefined);
  if (!fault || !socket.writable || connections.isBusy(socket)) {
    socket.destroy();
    return;
  }
  const { headers, body } = errorResponse(new HubError('GenericBadRequest', fault.message), {
    trackingId: random.uuid().replaceAll('-', ''),
    nowMs: clock.nowMs(),
  });
  const lines = [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}`,
    ...Object.entries({ ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

type Fault = { readonly status: number; readonly message: string };

const MALFORMED: Fault = { status: 400, message: 'The request is no valid HTTP/1.1.' };

/** Codes of Node's parser that deserve another status than 400. */
const FAULTS: ReadonlyMap<string, Fault> = new Map([
  ['HPE_HEADER_OVERFLOW', { status: 431, message: 'The headers of the request are too large, see docs/limits.md.' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', { status: 408, message: 'The request did not arrive in time, see docs/limits.md.' }],
]);
