// Reads a row or two on the calling thread, since to ask another thread and to be answered costs ten times as much as such a read.
import { HubError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Stopwatch } from '../../ports/stopwatch.ts';
import { type Connection, openForReading, type Reader } from './driver.ts';

/** An empty answer says that another thread is to be asked. */
type Answer<Result> = { readonly value: Result } | undefined;

/**
 * Nobody waits here: not for a file that another program holds, and not for a slow disk more than once in a while. After a read that took
 * longer than `LIMITS.quickReadMs`, the next `LIMITS.quickReadsAfterSlow` are left to another thread.
 */
export class QuickReader {
  readonly #connection: Connection;
  readonly #stopwatch: Stopwatch;
  /** How many reads are still left to another thread. */
  #left = 0;

  /** @throws HubError ServiceUnavailable when the file cannot be opened. */
  constructor(path: string, stopwatch: Stopwatch) {
    this.#connection = openForReading(path, { mayWait: false });
    this.#stopwatch = stopwatch;
  }

  /** Sees every write that was acknowledged before. */
  read<Result>(operation: (reader: Reader) => Result): Answer<Result> {
    if (this.#left > 0) {
      this.#left -= 1;
      return undefined;
    }
    const beganMs = this.#stopwatch.elapsedMs();
    try {
      return { value: this.#connection.read(operation) };
    } catch (error) {
      // The thread that is asked for it waits for the file, or has the words for what is wrong with it.
      if (error instanceof HubError) return undefined;
      throw error;
    } finally {
      if (this.#stopwatch.elapsedMs() - beganMs > LIMITS.quickReadMs.value) this.#left = LIMITS.quickReadsAfterSlow.value;
    }
  }

  close(): void {
    this.#connection.close();
  }
}
