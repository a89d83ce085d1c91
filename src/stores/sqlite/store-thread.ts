// The main thread's side of a store thread: starts it, calls its operations, and fails every call once the thread is gone.
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { HubError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { type CallResult, type Reply, type Request, type ThreadRole, valueOfResult } from './protocol.ts';

type Operation = (connection: never, argument: never) => unknown;
type ArgumentOf<Of> = Of extends (connection: never, argument: infer Argument) => unknown ? Argument : never;
type ResultOf<Of> = Of extends (connection: never, argument: never) => infer Result ? Result : never;

/** The program of a thread: beside this file, with its ending, which is `.ts` in a checkout and `.js` in the published package. */
export const WORKER_URL = new URL(`./worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);

const RUNS_FROM_SOURCES = WORKER_URL.pathname.endsWith('.ts');

/** After so many calls V8 would make faster wrappers for imports of WebAssembly, with which each thread strips types: see decision 21. */
const NO_FASTER_WRAPPERS = '--wasm-wrapper-tiering-budget=1000000000';

type StoreThreadOptions = {
  readonly url: URL;
  /** How many calls the thread is given before it has answered; the others wait here. Default: all. */
  readonly callsAtOnce?: number;
  /** Told once, with the cause, when the thread ends and nobody closed it. */
  readonly onDeath: (error: HubError) => void;
};

/** Runs calls in their order, one at a time. `Operations` is the table in which the thread looks them up. */
export class StoreThread<Operations extends { readonly [Name in keyof Operations]: Operation }> {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, (result: CallResult) => void>();
  /** Requests that wait here, the oldest first. */
  readonly #held: Request[] = [];
  readonly #callsAtOnce: number;
  /** Calls that the thread has been given and has not answered. */
  #given = 0;
  #lastId = 0;
  /** Why no more calls are taken. */
  #refusal: HubError | undefined;

  constructor({ url, onDeath, callsAtOnce = Number.POSITIVE_INFINITY }: StoreThreadOptions) {
    if (RUNS_FROM_SOURCES) setFlagsFromString(NO_FASTER_WRAPPERS);
    this.#callsAtOnce = callsAtOnce;
    // The flags of the process are not the thread's: some, such as --input-type, would keep it from starting.
    this.#worker = new Worker(url, { execArgv: [] });
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

  /** Comes before all calls. @throws HubError ServiceUnavailable when the thread cannot open the file; then it can only be closed. */
  async open(role: ThreadRole): Promise<void> {
    await this.#ask((id) => ({ kind: 'open', id, role }));
  }

  /** @throws HubError what the operation throws; ServiceUnavailable when the thread is gone or too many calls wait. */
  async call<Name extends keyof Operations & string>(
    operation: Name,
    argument: ArgumentOf<Operations[Name]>,
  ): Promise<ResultOf<Operations[Name]>> {
    // The thread answers with what the operation of that name returned.
    return (await this.#ask((id) => ({ kind: 'call', id, operation, argument }))) as ResultOf<Operations[Name]>;
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
    this.#giveHeld(Number.POSITIVE_INFINITY);
    this.#worker.postMessage({ kind: 'close' } satisfies Request);
    await this.#exited;
  }

  async #ask(requestWith: (id: number) => Request): Promise<unknown> {
    if (this.#refusal) throw this.#refusal;
    if (this.#waiting.size >= LIMITS.batchQueueItems.value) throw new HubError('ServiceUnavailable', 'Too many calls wait for the store.');
    this.#lastId += 1;
    const id = this.#lastId;
    this.#held.push(requestWith(id));
    this.#giveHeld(this.#callsAtOnce);
    return valueOfResult(await new Promise<CallResult>((settle) => this.#waiting.set(id, settle)));
  }

  /** Gives the thread calls that wait here, until it has so many. */
  #giveHeld(callsAtOnce: number): void {
    while (this.#given < callsAtOnce) {
      const request = this.#held.shift();
      if (!request) return;
      this.#given += 1;
      this.#worker.postMessage(request);
    }
  }

  #receive(replies: readonly Reply[]): void {
    this.#given -= replies.length;
    // In another turn: replies that come while these are worked on would all be met in this one.
    if (this.#held.length > 0) setImmediate(() => this.#giveHeld(this.#callsAtOnce));
    for (const { id, result } of replies) {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    }
  }

  #rejectWaiting({ code, message, cause }: HubError): void {
    for (const settle of this.#waiting.values()) settle({ kind: 'refused', refusal: { code, message }, cause });
    this.#waiting.clear();
    this.#held.length = 0;
  }
}

function closedError(): HubError {
  return new HubError('ServiceUnavailable', 'The store is closed.');
}
