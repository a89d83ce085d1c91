// Live queries that cost little to follow: each has a connection of its own, and what comes is counted and thrown away.
import { once } from 'node:events';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import type { Endpoint } from './endpoint.ts';
import { forEach } from './flow.ts';

/** `events`: how many came since the first results were complete; throws when the hub has ended a query since. */
export type LiveWatchers = Disposable & { readonly events: () => number };

/** Handshakes under way at once. */
const HANDSHAKES = 8;

/** All connections read into it, since each chunk is looked at before the next one comes. */
const READ_BUFFER = Buffer.allocUnsafe(64 * 1024);

/** Resolves when all first results are complete. @throws Error when a query is not let in. */
export async function openLiveQueries(endpoint: Endpoint, token: () => string, texts: readonly string[]): Promise<LiveWatchers> {
  const secureContext = createSecureContext({ ca: endpoint.caPem });
  const counted = { events: 0, ended: 0 };
  const opened: Disposable[] = [];
  await forEach(texts, HANDSHAKES, async (text) => {
    const onEvents = (count: number): void => void (counted.events += count);
    const onEnd = (): void => void (counted.ended += 1);
    opened.push(await openLiveQuery({ endpoint, secureContext, authorization: token(), text, onEvents, onEnd }));
  });
  counted.events = 0;
  return {
    events() {
      if (counted.ended > 0) throw new Error(`${counted.ended} of ${texts.length} live queries were ended by the hub.`);
      return counted.events;
    },
    [Symbol.dispose]: () => opened.forEach((each) => each[Symbol.dispose]()),
  };
}

type Watcher = {
  readonly endpoint: Endpoint;
  readonly secureContext: SecureContext;
  readonly authorization: string;
  readonly text: string;
  readonly onEvents: (count: number) => void;
  readonly onEnd: () => void;
};

async function openLiveQuery({ endpoint, secureContext, authorization, text, onEvents, onEnd }: Watcher): Promise<Disposable> {
  const ready = Promise.withResolvers<void>();
  let first = '';
  let isReady = false;
  const callback = (count: number): boolean => {
    const chunk = READ_BUFFER.toString('latin1', 0, count);
    // What comes in several chunks is text of the head or of the first result.
    if (!isReady) first += chunk;
    if (!isReady && first.includes('event: ready')) {
      isReady = true;
      ready.resolve();
    }
    if (!isReady && !'HTTP/1.1 200'.startsWith(first.slice(0, 12))) ready.reject(new Error(`A live query was refused: ${first}`));
    // One whose name is cut in two by the end of a chunk is missed.
    onEvents(chunk.split('event: ').length - 1);
    return true;
  };
  // Documented for `tls.connect`, but unknown to the types of a literal.
  const options = {
    host: '127.0.0.1',
    port: endpoint.httpsPort,
    servername: endpoint.hostName,
    secureContext,
    onread: { buffer: READ_BUFFER, callback },
  };
  const socket = connect(options);
  socket.on('error', (error: Error) => ready.reject(error));
  socket.on('close', () => ready.reject(new Error('A live query was closed before its first result was complete.')));
  await once(socket, 'secureConnect');
  const body = JSON.stringify({ query: text });
  socket.write(
    `POST /hub/queries/live HTTP/1.1\r\nhost: ${endpoint.hostName}\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  await ready.promise;
  socket.on('close', onEnd);
  return { [Symbol.dispose]: () => socket.destroy() };
}
