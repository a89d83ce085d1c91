// The threads of one store, a writer, its readers and a scanner: started together, failed together, closed together.
import type { HubError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Durability } from './driver.ts';
import type { READ_OPERATIONS, WRITE_OPERATIONS } from './operations.ts';
import { StoreThread, WORKER_URL } from './store-thread.ts';

type WriterThread = StoreThread<typeof WRITE_OPERATIONS>;
type ReaderThread = StoreThread<typeof READ_OPERATIONS>;

export type ThreadsOptions = {
  /** A file, made where there is none, in a folder that exists. */
  readonly path: string;
  readonly durability: Durability;
  /** How many threads read; 1 unless given. */
  readonly readers?: number;
  /** Told once, with the cause, when the store has failed for good: it refuses every call until the hub is started again. */
  readonly onFault?: (error: HubError) => void;
};

export class Threads {
  readonly writer: WriterThread;
  /** Reads what may take long, so that devices that wait for their twins do not wait for it. */
  readonly scanner: ReaderThread;
  readonly #readers: readonly ReaderThread[];
  readonly #options: ThreadsOptions;

  constructor(options: ThreadsOptions) {
    this.#options = options;
    const onDeath = (error: HubError): void => {
      for (const thread of [this.writer, this.scanner, ...this.#readers]) thread.refuse(error);
      options.onFault?.(error);
    };
    this.writer = new StoreThread({ url: WORKER_URL, onDeath });
    // What it finds is large, and the main thread has other work between two pages.
    this.scanner = new StoreThread({ url: WORKER_URL, onDeath, callsAtOnce: LIMITS.querySearchesAtOnce.value });
    this.#readers = Array.from(
      { length: options.readers ?? 1 },
      () => new StoreThread({ url: WORKER_URL, onDeath, callsAtOnce: LIMITS.storeReadsAtOnce.value }),
    );
  }

  /** Resolves when calls are taken. @throws HubError ServiceUnavailable, in words for the operator, when the file cannot be used. */
  async open(): Promise<void> {
    const { path, durability } = this.#options;
    await this.writer.open({ kind: 'writer', path, durability });
    await Promise.all(this.#readingThreads.map((thread) => thread.open({ kind: 'reader', path })));
  }

  /** The reader with the least to do. */
  get reader(): ReaderThread {
    return this.#readers.reduce((one, other) => (other.load < one.load ? other : one));
  }

  async check(): Promise<void> {
    await Promise.all([
      this.writer.call('probeWrite', undefined),
      ...this.#readingThreads.map((thread) => thread.call('probeRead', undefined)),
    ]);
  }

  /** The writer goes last: who closes a file last copies the log back into it, which a reader may not. */
  async close(): Promise<void> {
    await this.writer.close(Promise.all(this.#readingThreads.map((thread) => thread.close())));
  }

  get #readingThreads(): readonly ReaderThread[] {
    return [this.scanner, ...this.#readers];
  }
}
