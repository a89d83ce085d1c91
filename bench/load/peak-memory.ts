// The most that something comes to while something else runs, such as the memory of a process.
import { setTimeout as pause } from 'node:timers/promises';
import type { MeasuredProcess } from './child-process.ts';

const SAMPLE_MS = 100;

/** Resident bytes. @throws what `running` throws. */
export function peakBytesWhile(process: MeasuredProcess, running: Promise<unknown>): Promise<number> {
  return peakWhile(() => process.residentBytes(), running);
}

/** @throws what `running` throws. */
export async function peakWhile(read: () => number, running: Promise<unknown>): Promise<number> {
  const watched = { isOver: false };
  const stop = (): void => void (watched.isOver = true);
  running.then(stop, stop);
  let peak = read();
  while (!watched.isOver) {
    peak = Math.max(peak, read());
    await Promise.race([running, pause(SAMPLE_MS)]);
  }
  return peak;
}
