// WebSockets byte by byte, so that a test can keep or break each rule of RFC 6455.

export const WEB_SOCKET_PATH = '/$iothub/websocket';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export type Frame = {
  /** Default: binary. */
  readonly opcode?: number;
  /** Default: true. */
  readonly final?: boolean;
  /** Default: true, as a client must. */
  readonly masked?: boolean;
  /** The three bits behind the first; 4 says that the message is compressed. Default: 0. */
  readonly reserved?: number;
  readonly payload?: Uint8Array | string;
  /** What the header says. Default: the length of the payload. */
  readonly length?: number;
};

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** One frame [RFC 6455, section 5.2]. */
export function frameBytes({ opcode = OPCODE.binary, final = true, masked = true, reserved = 0, ...content }: Frame): Buffer {
  const payload = Buffer.from(content.payload ?? '');
  const header = Buffer.from([(final ? 0x80 : 0) | (reserved << 4) | opcode]);
  const length = lengthBytes(content.length ?? payload.length);
  length[0] = (length[0] ?? 0) | (masked ? 0x80 : 0);
  if (!masked) return Buffer.concat([header, length, payload]);
  return Buffer.concat([header, length, MASK, payload.map((byte, index) => byte ^ (MASK[index % 4] ?? 0))]);
}

function lengthBytes(length: number): Buffer {
  if (length < 126) return Buffer.from([length]);
  const bytes = Buffer.alloc(length < 2 ** 16 ? 3 : 9);
  bytes[0] = length < 2 ** 16 ? 126 : 127;
  if (length < 2 ** 16) bytes.writeUInt16BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** A message in as many fragments as it has payloads. */
export function fragmentedBytes(payloads: readonly (Uint8Array | string)[]): Buffer {
  const frames = payloads.map((payload, index) =>
    frameBytes({ opcode: index === 0 ? OPCODE.binary : OPCODE.continuation, final: index === payloads.length - 1, payload }),
  );
  return Buffer.concat(frames);
}

export type HandshakeParts = {
  /** Default: the path of the service. */
  readonly path?: string;
  /** In place of those that a good handshake has; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly method?: string;
};

/** The key of the example in RFC 6455, section 1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** What the server answers to it. */
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** A handshake as SDKs send it, compression offered, but for what the test sets. */
export function handshakeText({ path = WEB_SOCKET_PATH, headers, method = 'GET' }: HandshakeParts = {}): string {
  const fields: Readonly<Record<string, string | undefined>> = {
    host: 'localhost',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': KEY,
    'sec-websocket-protocol': 'mqtt',
    'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
    ...headers,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}

export type ReceivedFrame = { readonly opcode: number; readonly payload: Buffer };

/** What came back to a handshake: the head of the answer, `undefined` until it is whole, and the whole frames behind it. */
export function readUpgraded(received: Buffer): { readonly head: string | undefined; readonly frames: readonly ReceivedFrame[] } {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return { head: undefined, frames: [] };
  const head = received.subarray(0, end).toString('latin1');
  return { head, frames: head.startsWith('HTTP/1.1 101 ') ? framesIn(received.subarray(end + 4)) : [] };
}

/** @throws Error for a frame that no server may send: masked, fragmented, or with reserved bits. */
function framesIn(bytes: Buffer): readonly ReceivedFrame[] {
  const frames: ReceivedFrame[] = [];
  let rest = bytes;
  while (rest.length >= 2) {
    const { opcode, start, end } = headerOf(rest);
    if (rest.length < end) break;
    frames.push({ opcode, payload: rest.subarray(start, end) });
    rest = rest.subarray(end);
  }
  return frames;
}

/** `start` and `end` of the payload; for a header that is not whole, an end that is not there yet. */
function headerOf(bytes: Buffer): { readonly opcode: number; readonly start: number; readonly end: number } {
  const [first = 0, second = 0] = bytes;
  const opcode = first & 15;
  if (first >> 4 !== 8 || second > 127) throw new Error(`no server sends a frame that begins with ${first}, ${second}`);
  if (second < 126) return { opcode, start: 2, end: 2 + second };
  const start = second === 126 ? 4 : 10;
  if (bytes.length < start) return { opcode, start, end: start };
  return { opcode, start, end: start + (second === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))) };
}

/** What the binary frames carry. */
export function bytesIn(frames: readonly ReceivedFrame[]): Buffer {
  return Buffer.concat(frames.filter(({ opcode }) => opcode === OPCODE.binary).map(({ payload }) => payload));
}

/** The code of the close frame; `undefined` without one. */
export function closeCodeIn(frames: readonly ReceivedFrame[]): number | undefined {
  const close = frames.find(({ opcode }) => opcode === OPCODE.close);
  return close && (close.payload.length >= 2 ? close.payload.readUInt16BE(0) : 1005);
}
