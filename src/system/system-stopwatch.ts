// The monotonic clock of the machine.
import type { Stopwatch } from '../ports/stopwatch.ts';

export const systemStopwatch: Stopwatch = { elapsedMs: () => performance.now() };
