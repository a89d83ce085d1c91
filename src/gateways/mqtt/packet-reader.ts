// Bytes to packets: cuts a stream into whole packets and has each of them decoded by itself.
import { LIMITS } from '../../domain/limits.ts';
import { decodePacket, malformed } from './packet-decoder.ts';
import type { DevicePacket } from './packets.ts';

const NO_BYTES = Buffer.alloc(0);
/** The most that the remaining length of a packet may take [MQTT-2.2.3]. */
const MAX_LENGTH_BYTES = 4;

/**
 * Reads the packets of one connection. The size of a packet is checked as soon as its fixed header is there, before its body is kept. A packet
 * is decoded when it is whole, from its own bytes alone, so that bytes of the next one are never taken for the end of a short one.
 */
export class PacketReader {
  /** Bytes that wait to be taken, from `#start` to `#end`. Those before are never written over, since payloads are views of them. */
  #bytes: Buffer = NO_BYTES;
  #start = 0;
  #end = 0;

  /** Keeps bytes that arrived. They must not be written to afterwards. */
  append(bytes: Buffer): void {
    if (this.#start === this.#end) {
      this.#adopt(bytes, bytes.length);
      return;
    }
    const length = this.#end - this.#start;
    // A growing copy keeps a packet that comes in many small pieces cheap in time and in memory.
    if (this.#end + bytes.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length * 2, length + bytes.length));
      this.#bytes.copy(larger, 0, this.#start, this.#end);
      this.#adopt(larger, length);
    }
    bytes.copy(this.#bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The next whole packet; `undefined` while more bytes are needed. After a `malformed` one the reader must not be used. */
  next(): DevicePacket | undefined {
    const bytes = this.#bytes;
    const start = this.#start;
    let bodyBytes = 0;
    // Seven bits a byte, the lowest first; the eighth says that another one follows [MQTT-2.2.3].
    for (let lengthBytes = 1; lengthBytes <= MAX_LENGTH_BYTES; lengthBytes += 1) {
      const at = start + lengthBytes;
      if (at >= this.#end) return undefined;
      const byte = bytes[at] ?? 0;
      bodyBytes += (byte & 0x7f) * 128 ** (lengthBytes - 1);
      if (byte < 0x80) return this.#take(at + 1, at + 1 + bodyBytes);
    }
    return malformed('The remaining length is longer than four bytes [MQTT-2.2.3].');
  }

  #take(bodyStart: number, end: number): DevicePacket | undefined {
    const bytes = this.#bytes;
    const packetBytes = end - this.#start;
    const maxBytes = LIMITS.mqttPacketBytes.value;
    if (packetBytes > maxBytes) return malformed(`A packet has at most ${maxBytes} bytes, this one says ${packetBytes}.`);
    if (end > this.#end) return undefined;
    const firstByte = bytes[this.#start] ?? 0;
    this.#start = end;
    // A device may be silent for long after its largest packet.
    if (end === this.#end) this.#adopt(NO_BYTES, 0);
    return decodePacket(firstByte, { bytes, start: bodyStart, end });
  }

  #adopt(bytes: Buffer, length: number): void {
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = length;
  }
}
