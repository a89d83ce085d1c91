// The most memory that a process holds while something runs.
import { setTimeout as pause } from 'node:timers/promises';
import type { MeasuredProcess } from './child-process.ts';

const SAMPLE_MS = 100;

/** Resident bytes. @throws what `running` throws. */
export async function peakBytesWhile(process: MeasuredProcess, running: Promise<unknown>): Promise<number> {
  const watched = { isOver: false };
  const stop = (): void => void (watched.isOver = true);
  running.then(stop, stop);
  let peak = process.residentBytes();
  while (!watched.isOver) {
    peak = Math.max(peak, process.residentBytes());
    await Promise.race([running, pause(SAMPLE_MS)]);
  }
  return peak;
}
