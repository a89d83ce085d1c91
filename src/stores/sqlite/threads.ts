// What works on the file of one store, a writer, its readers and a scanner: started together, failed together, closed together.
import type { HubError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Stopwatch } from '../../ports/stopwatch.ts';
import type { Durability, Reader } from './driver.ts';
import { QuickReader } from './quick-reader.ts';
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
  /** Given, single rows are read on the calling thread, unless that turns out to be slow. */
  readonly stopwatch?: Stopwatch | undefined;
  /** Told once, with the cause, when the store has failed for good: it refuses every call until the hub is started again. */
  readonly onFault?: (error: HubError) => void;
};

export class Threads {
  readonly writer: WriterThread;
  /** Reads what may take long, so that devices that wait for their twins do not wait for it, nor for a processor (decision 44). */
  readonly scanner: ReaderThread;
  readonly #readers: readonly ReaderThread[];
  readonly #options: ThreadsOptions;
  #quickReader: QuickReader | undefined;

  constructor(options: ThreadsOptions) {
    this.#options = options;
    const onDeath = (error: HubError): void => {
      for (const thread of [this.writer, this.scanner, ...this.#readers]) thread.refuse(error);
      this.#closeQuickReader();
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
    const { path, durability, stopwatch } = this.#options;
    await this.writer.open({ kind: 'writer', path, durability });
    if (stopwatch) this.#quickReader = new QuickReader(path, stopwatch);
    await Promise.all(this.#readingThreads.map((thread) => thread.open({ kind: 'reader', path, patient: thread === this.scanner })));
  }

  /** The reader with the least to do. */
  get reader(): ReaderThread {
    return this.#readers.reduce((one, other) => (other.load < one.load ? other : one));
  }

  /** Reads a row or two: by the first on the calling thread where that is quick, else by the second. */
  async readQuickly<Result>(here: (reader: Reader) => Result, elsewhere: () => Promise<Result>): Promise<Result> {
    const answer = this.#quickReader?.read(here);
    return answer ? answer.value : await elsewhere();
  }

  async check(): Promise<void> {
    await Promise.all([
      this.writer.call('probeWrite', undefined),
      // Not the scanner, which may be at a long search; one that is dead has the store refuse everything.
      ...this.#readers.map((thread) => thread.call('probeRead', undefined)),
    ]);
  }

  /** The writer goes last: who closes a file last copies the log back into it, which a reader may not. */
  async close(): Promise<void> {
    this.#closeQuickReader();
    await this.writer.close(Promise.all(this.#readingThreads.map((thread) => thread.close())));
  }

  #closeQuickReader(): void {
    this.#quickReader?.close();
    this.#quickReader = undefined;
  }

  get #readingThreads(): readonly ReaderThread[] {
    return [this.scanner, ...this.#readers];
  }
}
