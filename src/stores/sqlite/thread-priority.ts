// How much of a processor a thread gets where others want it too.
import { constants, getPriority, setPriority } from 'node:os';

/** To the scheduler of Linux 0 is the thread that asks; elsewhere it is the whole process, which is to stay as it is. */
const THIS_THREAD = 0;

/**
 * From here on the calling thread gets about a tenth of the time of a thread that does not give way, and all of it where no other thread wants
 * the processor. On Linux; elsewhere, and in a sandbox that forbids it, nothing changes.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    const wanted = constants.priority.PRIORITY_BELOW_NORMAL;
    // A greater number is less of the processor.
    if (getPriority(THIS_THREAD) < wanted) setPriority(THIS_THREAD, wanted);
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR';
}
