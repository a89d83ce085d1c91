// Waiting, for those who look again and again; unlike a timer of the clock it keeps the process alive.
import { setTimeout as wait } from 'node:timers/promises';

/** @param until ends the pause before its time. */
export async function pause(ms: number, until?: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, until && { signal: until });
  } catch (error) {
    if (until?.aborted !== true) throw error;
  }
}
