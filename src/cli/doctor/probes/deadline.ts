// Bounds the time of a probe: whatever a silent machine leaves unanswered ends as the fault `ETIMEDOUT`.
import type { Clock } from '../../../ports/clock.ts';

export const PROBE_MS = 5000;

/** @param run stops what it does when the signal comes; its promise need not settle then. @throws the signal's reason, or what `run` throws. */
export async function withDeadline<T>(clock: Clock, run: (signal: AbortSignal) => Promise<T>, probeMs = PROBE_MS): Promise<T> {
  const deadline = new AbortController();
  const timer = clock.after(probeMs, () => deadline.abort(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })));
  const late = Promise.withResolvers<never>();
  deadline.signal.addEventListener('abort', () => late.reject(deadline.signal.reason as Error));
  try {
    return await Promise.race([run(deadline.signal), late.promise]);
  } finally {
    timer.cancel();
  }
}
