// Loaded into the process of a hub under attack: tells, when asked, what the process holds. The hub knows nothing of it.
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** Bytes after a garbage collection, open things, and the longest that the event loop was late since the last time. */
export type Vitals = {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Buffers and whatever else lies outside the heap. */
  readonly externalBytes: number;
  /** Sockets that are open, as Node.js counts them: under TLS each counts twice. Listeners are not counted. */
  readonly sockets: number;
  /** Files and sockets as the system counts them; absent where it does not tell. */
  readonly fileDescriptors: number | undefined;
  readonly loopDelayMs: number;
};

// The threads of the hub load this file too.
if (isMainThread && process.send) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  process.on('message', () => {
    // What waits for a finalizer goes only in the next turn of the event loop.
    globalThis.gc?.();
    setImmediate(() => {
      globalThis.gc?.();
      process.send?.(vitals(delay.max / 1e6));
      delay.reset();
    });
  });
  process.on('disconnect', () => process.exit(1));
  // A hub that is asked to stop must not wait for its observer.
  process.channel?.unref();
}

function vitals(loopDelayMs: number): Vitals {
  const { rss, heapUsed, external } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TLSWrap').length;
  return { rssBytes: rss, heapBytes: heapUsed, externalBytes: external, sockets, fileDescriptors: openFiles(), loopDelayMs };
}

function openFiles(): number | undefined {
  try {
    return readdirSync('/dev/fd').length;
  } catch {
    return undefined;
  }
}
