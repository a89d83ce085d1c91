// The main thread's side of a store thread: starts it, calls its operations, and fails every call once the thread is gone.
import { Worker } from 'node:worker_threads';
import { HubError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { type CallResult, type Reply, type Request, START_ID, type ThreadStart, valueOfResult } from './protocol.ts';

type Operation = (connection: never, argument: never) => unknown;
type ArgumentOf<Of> = Of extends (connection: never, argument: infer Argument) => unknown ? Argument : never;
type ResultOf<Of> = Of extends (connection: never, argument: never) => infer Result ? Result : never;

/** The program of a thread: beside this file, with its ending, which is `.ts` in a checkout and `.js` in the published package. */
export const WORKER_URL = new URL(`./worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);

export type StoreThreadOptions = {
  readonly url: URL;
  readonly start: ThreadStart;
  /** Told once, with the cause, when the thread ends and nobody closed it. */
  readonly onDeath: (error: HubError) => void;
};

/** Runs calls in their order, one at a time. `Operations` is the table in which the thread looks them up. */
export class StoreThread<Operations extends { readonly [Name in keyof Operations]: Operation }> {
  /** Resolves when the thread takes calls. Rejects with HubError ServiceUnavailable when its connection cannot be opened. */
  readonly ready: Promise<unknown>;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, (result: CallResult) => void>();
  #lastId = START_ID;
  /** Why no more calls are taken. */
  #refusal: HubError | undefined;

  constructor({ url, start, onDeath }: StoreThreadOptions) {
    this.#worker = new Worker(url, { workerData: start });
    this.ready = this.#replyTo(START_ID);
    const die = (cause: unknown): void => {
      if (this.#refusal) return;
      const error = new HubError('ServiceUnavailable', 'A thread of the store has ended. Restart the hub.', { cause });
      this.refuse(error);
      onDeath(error);
    };
    this.#worker.on('message', (replies: readonly Reply[]) => this.#receive(replies));
    this.#worker.on('error', die);
    this.#worker.on('messageerror', die);
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        die(new Error(`The thread exited with code ${code}.`));
        this.#rejectWaiting(closedError());
        resolve();
      });
    });
  }

  /** Calls that wait for their reply. */
  get load(): number {
    return this.#waiting.size;
  }

  /** @throws HubError what the operation throws; ServiceUnavailable when the thread is gone or too many calls wait. */
  call<Name extends keyof Operations & string>(
    operation: Name,
    argument: ArgumentOf<Operations[Name]>,
  ): Promise<ResultOf<Operations[Name]>> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    if (this.#waiting.size >= LIMITS.batchQueueItems.value) {
      return Promise.reject(new HubError('ServiceUnavailable', 'Too many calls wait for the store.'));
    }
    this.#lastId += 1;
    this.#post({ id: this.#lastId, operation, argument });
    // The thread answers with what the operation of that name returned.
    return this.#replyTo(this.#lastId) as Promise<ResultOf<Operations[Name]>>;
  }

  /** Fails the calls under way and all later ones with `error`. The thread itself lives on until it is closed. */
  refuse(error: HubError): void {
    this.#refusal = error;
    this.#rejectWaiting(error);
  }

  /** Later calls fail at once; those under way end, then what `after` stands for, then the thread. Resolves when it has. */
  async close(after?: Promise<unknown>): Promise<void> {
    this.#refusal ??= closedError();
    await after;
    this.#post('close');
    await this.#exited;
  }

  #post(request: Request): void {
    this.#worker.postMessage(request);
  }

  #replyTo(id: number): Promise<unknown> {
    return new Promise<CallResult>((resolve) => this.#waiting.set(id, resolve)).then(valueOfResult);
  }

  #receive(replies: readonly Reply[]): void {
    for (const { id, result } of replies) {
      // A thread that could not start ends by itself.
      if (id === START_ID && result.kind !== 'done') this.#refusal = closedError();
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    }
  }

  #rejectWaiting({ code, message, cause }: HubError): void {
    for (const settle of this.#waiting.values()) settle({ kind: 'refused', refusal: { code, message }, cause });
    this.#waiting.clear();
  }
}

function closedError(): HubError {
  return new HubError('ServiceUnavailable', 'The store is closed.');
}
