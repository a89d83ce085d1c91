// A WebSocket as a stream of bytes: frames mean nothing to MQTT, which may split a packet over many and put many into one [MQTT-6.0.0-4].
import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { LIMITS } from '../../domain/limits.ts';

/** Close codes [RFC 6455, section 7.4.1]. */
const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 1003;

/** Of what was read and not yet taken. Frames of one byte each cost far more memory than they carry. */
const READ_BUFFER_BYTES = 16 * 1024;

type Written = (error?: Error | null) => void;

/**
 * The two ends are one: when either side closes the WebSocket the stream is destroyed, and a stream that is destroyed closes the WebSocket with
 * a close frame. The stream says `close` when the peer has answered that, or has let the time for it pass.
 */
export class WebSocketStream extends Duplex {
  readonly #webSocket: WebSocket;

  /** @param webSocket an open one, which answers no ping by itself. */
  constructor(webSocket: WebSocket) {
    super({ readableHighWaterMark: READ_BUFFER_BYTES });
    this.#webSocket = webSocket;
    webSocket.on('message', (data, isBinary) => this.#take(data, isBinary));
    webSocket.on('ping', (data) => this.#answerPing(data));
    // Such as a frame that breaks the protocol, which ws has answered with the close code for it.
    webSocket.on('error', (error) => this.destroy(error));
    webSocket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#webSocket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: Written): void {
    this.#send(chunk, written);
  }

  /** What was written together goes out as one frame. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], written: Written): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), written);
  }

  override _final(ended: Written): void {
    this.#webSocket.close(NORMAL_CLOSURE);
    ended();
  }

  override _destroy(error: Error | null, destroyed: Written): void {
    const webSocket = this.#webSocket;
    if (webSocket.readyState === webSocket.CLOSED) {
      destroyed(error);
      return;
    }
    webSocket.once('close', () => destroyed(error));
    webSocket.close(NORMAL_CLOSURE);
    // The answer of the peer comes behind what it has sent before.
    webSocket.resume();
  }

  #send(bytes: Buffer, written: Written): void {
    this.#webSocket.send(bytes, { binary: true }, (error) => written(error));
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.destroyed) return;
    if (!isBinary || !Buffer.isBuffer(data)) {
      // MQTT comes in binary frames only [MQTT-6.0.0-1].
      this.#webSocket.close(UNSUPPORTED_DATA, 'MQTT comes in binary frames.');
      this.destroy(new Error('A text frame came over a WebSocket for MQTT.'));
      return;
    }
    if (data.length > 0 && !this.push(data)) this.#webSocket.pause();
  }

  /** Answers to pings bypass the stream, so that nobody else notices a peer that pings and reads nothing. */
  #answerPing(data: Buffer): void {
    if (this.destroyed) return;
    if (this.#webSocket.bufferedAmount > LIMITS.mqttWriteBufferBytes.value) {
      this.#webSocket.terminate();
      this.destroy(new Error('The answers to pings were left unread.'));
      return;
    }
    this.#webSocket.pong(data);
  }
}
