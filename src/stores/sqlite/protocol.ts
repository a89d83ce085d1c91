// What the main thread and a store thread say to each other: plain data, in the order of the calls.
import { HubError, type Refusal } from '../../domain/errors.ts';
import type { Durability } from './driver.ts';

/** How a thread is started. The writer makes the file, so it must be up before readers. */
export type ThreadStart =
  | { readonly role: 'writer'; readonly path: string; readonly durability: Durability }
  | { readonly role: 'reader'; readonly path: string };

export type Call = { readonly id: number; readonly operation: string; readonly argument: unknown };

/** `close` is the last request; the thread ends after it. */
export type Request = Call | 'close';

/** What became of a call. `cause` is for the log; `error` is a bug. */
export type CallResult =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly cause: unknown }
  | { readonly kind: 'failed'; readonly error: Error };

export type Reply = { readonly id: number; readonly result: CallResult };

/** The reply with this id says whether the thread could start; calls are numbered above it. */
export const START_ID = 0;

export function resultOf(run: () => unknown): CallResult {
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
