// What the main thread and a store thread say to each other: plain data, in the order of the calls.
import { HubError, type Refusal } from '../../domain/errors.ts';
import type { Durability } from './driver.ts';

/** What a thread is for. The writer makes the file, so readers open after it. */
export type ThreadRole =
  | { readonly kind: 'writer'; readonly path: string; readonly durability: Durability }
  /** `patient`: gives way to all other threads where there are fewer processors than work. */
  | { readonly kind: 'reader'; readonly path: string; readonly patient: boolean };

export type Call = { readonly kind: 'call'; readonly id: number; readonly operation: string; readonly argument: unknown };

/** `open` comes first, its reply before any call; the thread ends after `close`. */
export type Request = { readonly kind: 'open'; readonly id: number; readonly role: ThreadRole } | Call | { readonly kind: 'close' };

/** What became of a call. `cause` is for the log; `error` is a bug. */
export type CallResult<Value = unknown> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly cause: unknown }
  | { readonly kind: 'failed'; readonly error: Error };

export type Reply = { readonly id: number; readonly result: CallResult };

export function resultOf<Value>(run: () => Value): CallResult<Value> {
  try {
    return { kind: 'done', value: run() };
  } catch (error) {
    if (error instanceof HubError) return { kind: 'refused', refusal: { code: error.code, message: error.message }, cause: error.cause };
    return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** What the call returned. @throws what it threw. */
export function valueOfResult(result: CallResult): unknown {
  switch (result.kind) {
    case 'done':
      return result.value;
    case 'refused':
      throw new HubError(result.refusal.code, result.refusal.message, { cause: result.cause });
    case 'failed':
      throw result.error;
  }
}
