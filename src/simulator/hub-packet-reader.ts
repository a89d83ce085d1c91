// Bytes to the packets that a hub sends (MQTT 3.1.1). The hub may be anything: whatever is not right ends the reading.

/** What came. `payload` is good only during the call: its bytes are those of a buffer that is used again. */
export interface HubPackets {
  connack(returnCode: number): void;
  suback(returnCodes: Buffer): void;
  message(topic: string, payload: Buffer): void;
  pingresp(): void;
}

/** Above any twin and any payload of a method, with its topic. */
const MAX_PACKET_BYTES = 1024 * 1024;
/** Pieces of one packet that are kept apart; more are joined, so that a hub that sends single bytes costs little memory. */
const MAX_PIECES = 256;
const MAX_HEADER_BYTES = 5;

/** Keeps nothing between packets, so an idle device costs no buffer. */
export class HubPacketReader {
  #pieces: Buffer[] = [];
  #held = 0;
  #needed = 0;

  /** Calls `packets` for each whole packet, in order. @returns false for what no hub may send; the reader must not be used after that. */
  read(bytes: Buffer, packets: HubPackets): boolean {
    if (this.#held === 0) return this.#readWhole(bytes, packets);
    this.#keep(bytes);
    if (this.#held < this.#needed) return true;
    const joined = Buffer.concat(this.#pieces);
    this.#forget();
    return this.#readWhole(joined, packets);
  }

  #readWhole(bytes: Buffer, packets: HubPackets): boolean {
    let start = 0;
    while (start < bytes.length) {
      const header = headerAt(bytes, start);
      if (header === 'malformed') return false;
      const end = header === undefined ? undefined : start + header.headerBytes + header.bodyBytes;
      if (header === undefined || end === undefined || end > bytes.length) {
        this.#needed = header === undefined ? bytes.length - start + 1 : header.headerBytes + header.bodyBytes;
        this.#keep(bytes.subarray(start));
        return true;
      }
      if (!readPacket(bytes[start] ?? 0, bytes.subarray(start + header.headerBytes, end), packets)) return false;
      start = end;
    }
    return true;
  }

  #keep(bytes: Buffer): void {
    this.#pieces.push(Buffer.from(bytes));
    this.#held += bytes.length;
    if (this.#pieces.length > MAX_PIECES) this.#pieces = [Buffer.concat(this.#pieces)];
  }

  #forget(): void {
    this.#pieces = [];
    this.#held = 0;
  }
}

type FixedHeader = { readonly headerBytes: number; readonly bodyBytes: number };

/** CONNACK, SUBACK, PINGRESP and PUBLISH at QoS 0, retained or not: no other QoS was asked for [MQTT-3.8.4-6]. */
const FIRST_BYTES = new Set([0x20, 0x90, 0xd0, 0x30, 0x31]);

/** `undefined` while bytes of the header are missing. */
function headerAt(bytes: Buffer, start: number): FixedHeader | 'malformed' | undefined {
  if (!FIRST_BYTES.has(bytes[start] ?? 0)) return 'malformed';
  let bodyBytes = 0;
  for (let index = 1; index < MAX_HEADER_BYTES; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    bodyBytes += (byte & 0x7f) * 128 ** (index - 1);
    if (byte < 0x80) return bodyBytes > MAX_PACKET_BYTES ? 'malformed' : { headerBytes: index + 1, bodyBytes };
  }
  return 'malformed';
}

function readPacket(firstByte: number, body: Buffer, packets: HubPackets): boolean {
  switch (firstByte) {
    case 0x20:
      if (body.length !== 2) return false;
      packets.connack(body[1] ?? 0);
      return true;
    case 0x90:
      if (body.length < 3) return false;
      packets.suback(body.subarray(2));
      return true;
    case 0xd0:
      if (body.length !== 0) return false;
      packets.pingresp();
      return true;
    // Nothing else begins otherwise.
    default:
      return readMessage(body, packets);
  }
}

function readMessage(body: Buffer, packets: HubPackets): boolean {
  if (body.length < 2) return false;
  const payloadStart = 2 + body.readUInt16BE(0);
  if (payloadStart > body.length) return false;
  packets.message(body.toString('utf8', 2, payloadStart), body.subarray(payloadStart));
  return true;
}
