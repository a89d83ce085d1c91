// Ends a scan on another thread when a signal says so.
import type { CancelFlag } from './driver.ts';

/**
 * Resolves as the scan does, which sees the flag go up when the signal is aborted. Once it is, rejects with its reason, at once and whatever
 * the scan does.
 */
export async function cancellable<Result>(signal: AbortSignal, scan: (cancelled: CancelFlag) => Promise<Result>): Promise<Result> {
  signal.throwIfAborted();
  const cancelled = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const aborted = Promise.withResolvers<never>();
  const cancel = (): void => {
    Atomics.store(cancelled, 0, 1);
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', cancel);
  try {
    return await Promise.race([scan(cancelled), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
