// The clock of the machine the hub runs on.
import type { Clock, Timer } from '../ports/clock.ts';

/** Node fires a timer with a longer delay at once, so longer ones are waited for in steps. */
const LONGEST_STEP_MS = 2 ** 31 - 1;

export const systemClock: Clock = { nowMs: () => Date.now(), after };

function after(delayMs: number, run: () => void): Timer {
  return delayMs > LONGEST_STEP_MS ? afterSteps(delayMs, run) : afterOneStep(delayMs, run);
}

function afterOneStep(delayMs: number, run: () => void): Timer {
  const timeout = setTimeout(run, delayMs).unref();
  return { cancel: () => clearTimeout(timeout) };
}

function afterSteps(delayMs: number, run: () => void): Timer {
  const dueMs = performance.now() + delayMs;
  let timer: Timer;
  const wait = (): void => {
    const remainingMs = dueMs - performance.now();
    timer = remainingMs > LONGEST_STEP_MS ? afterOneStep(LONGEST_STEP_MS, wait) : afterOneStep(remainingMs, run);
  };
  wait();
  return { cancel: () => timer.cancel() };
}
