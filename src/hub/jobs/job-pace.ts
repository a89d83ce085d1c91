// How much of a job goes into one group commit, and how long the job rests after it: while others write, they wait for one chunk at the most.
import type { JobWork } from '../../domain/job/job.ts';
import { LIMITS } from '../../domain/limits.ts';

/** How many devices are selected at once: fewer where the condition is long, which costs time for each of them, and while others write. */
export function expansionChunk(condition: string, isBeside: boolean): number {
  const most = isBeside ? LIMITS.jobChunkDevicesBesideWrites.value : LIMITS.jobChunkDevices.value;
  return bounded(LIMITS.jobChunkCharacters.value / condition.length, most);
}

/** How many twins are changed at once: fewer where the patch is large, and while others write. */
export function patchChunk(work: JobWork, isBeside: boolean): number {
  const most = isBeside ? LIMITS.jobPatchDevicesBesideWrites.value : LIMITS.jobPatchDevices.value;
  return bounded(LIMITS.jobPatchCharacters.value / JSON.stringify(work).length, most);
}

/** How long the others have the store for themselves after a chunk that took so long, in milliseconds both: as long, so half of the time. */
export function restMs(tookMs: number): number {
  return Math.min(tookMs, LIMITS.jobRestMs.value);
}

function bounded(wanted: number, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(wanted)));
}
