// The clock of the machine the hub runs on.
import type { Clock, Timer } from '../ports/clock.ts';

/**
 * Node.js keeps a list for each delay that it was asked for, in milliseconds, until that delay is over, also where the timer was cancelled. Lists of
 * delays up to this are soon gone; those of longer ones, such as what is left of a token, would stay for hours.
 */
const LONGEST_ANY_MS = 2 ** 16;

/** Node.js fires a timer with a longer delay than one of 31 bits at once. */
const LONGEST_STEP_MS = 2 ** 30;

export const systemClock: Clock = { nowMs: () => Date.now(), after };

function after(delayMs: number, run: () => void): Timer {
  return delayMs > LONGEST_ANY_MS ? afterSteps(delayMs, run) : afterOneStep(delayMs, run);
}

function afterOneStep(delayMs: number, run: () => void): Timer {
  const timeout = setTimeout(run, delayMs).unref();
  return { cancel: () => clearTimeout(timeout) };
}

/** Each step is the longest power of two that is left, so that all timers together need few lists. */
function afterSteps(delayMs: number, run: () => void): Timer {
  const dueMs = performance.now() + delayMs;
  let timer: Timer;
  const wait = (): void => {
    const leftMs = dueMs - performance.now();
    timer = leftMs > LONGEST_ANY_MS ? afterOneStep(stepOf(leftMs), wait) : afterOneStep(Math.ceil(leftMs), run);
  };
  wait();
  return { cancel: () => timer.cancel() };
}

function stepOf(leftMs: number): number {
  return Math.min(2 ** Math.floor(Math.log2(leftMs)), LONGEST_STEP_MS);
}
