// The clock of the machine the hub runs on.
import type { Clock, Timer } from '../ports/clock.ts';

/** Node fires a timer with a longer delay at once, so longer ones are waited for in steps. */
const LONGEST_STEP_MS = 2 ** 31 - 1;

export const systemClock: Clock = { nowMs: () => Date.now(), after };

function after(delayMs: number, run: () => void): Timer {
  const dueMs = performance.now() + delayMs;
  let timeout: NodeJS.Timeout;
  const wait = (): void => {
    const remainingMs = dueMs - performance.now();
    timeout = remainingMs > LONGEST_STEP_MS ? setTimeout(wait, LONGEST_STEP_MS) : setTimeout(run, remainingMs);
    timeout.unref();
  };
  wait();
  return { cancel: () => clearTimeout(timeout) };
}
