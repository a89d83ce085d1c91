// A WebSocket as a stream: whoever is slow holds the other back, and nothing is lost by it.
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { WebSocketStream } from '../../../../src/gateways/http/web-socket-stream.ts';

const MESSAGE = Buffer.alloc(16 * 1024, 7);
/** Together far more than any network holds. */
const MESSAGES = 2048;

test('A peer that does not read holds the writer back, and gets everything when it reads again.', async () => {
  const { stream, peer } = await openPair();
  const received = countBytes(peer);

  peer.pause();
  for (let count = 0; count < MESSAGES; count += 1) stream.write(MESSAGE);
  // Its answer comes when the hub's side has had turns enough to write what it may.
  peer.send(Buffer.from('x'));
  await once(stream, 'data');
  const waiting = stream.writableLength;
  peer.resume();

  await expect.poll(received).toBe(MESSAGES * MESSAGE.length);
  expect(waiting).toBeGreaterThan(MESSAGE.length);
});

test('A reader that does not read holds the peer back, and gets everything when it reads again.', async () => {
  const { stream, peer, webSocket } = await openPair();

  for (let count = 0; count < MESSAGES; count += 1) peer.send(MESSAGE);
  await expect.poll(() => webSocket.isPaused).toBe(true);
  const kept = stream.readableLength;
  let received = 0;
  stream.on('data', (bytes: Buffer) => (received += bytes.length));

  await expect.poll(() => received).toBe(MESSAGES * MESSAGE.length);
  expect(kept).toBeLessThan(10 * MESSAGE.length);
});

test('What is written while the stream is corked goes out as one message.', async () => {
  const { stream, peer } = await openPair();

  stream.cork();
  for (const text of ['a', 'b', 'c']) stream.write(text);
  stream.uncork();
  const [data, isBinary] = await once(peer, 'message');

  expect([String(data), isBinary]).toEqual(['abc', true]);
});

test.each([
  ['is destroyed', (stream: WebSocketStream): unknown => stream.destroy()],
  ['ends', (stream: WebSocketStream): unknown => stream.end()],
])('A stream that %s closes the WebSocket with a close frame, and is closed with it.', async (_, act) => {
  const { stream, peer } = await openPair();
  const closed = once(stream, 'close');

  act(stream);

  expect((await once(peer, 'close'))[0]).toBe(1000);
  await closed;
  expect(stream.destroyed).toBe(true);
});

type Pair = { readonly stream: WebSocketStream; readonly peer: WebSocket; readonly webSocket: WebSocket };

async function openPair(): Promise<Pair> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false });
  await once(server, 'listening');
  const address = server.address();
  const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  const peer = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  const webSocket = await connected;
  if (peer.readyState !== peer.OPEN) await once(peer, 'open');
  onTestFinished(() => {
    peer.terminate();
    server.close();
  });
  return { stream: new WebSocketStream(webSocket), peer, webSocket };
}

function countBytes(peer: WebSocket): () => number {
  let bytes = 0;
  peer.on('message', (data) => (bytes += Buffer.isBuffer(data) ? data.length : 0));
  return () => bytes;
}
