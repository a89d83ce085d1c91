// Why a command did not do what it was asked, and the exit code that says so to scripts.
import { HubError } from '../domain/errors.ts';
import { SetupError } from '../domain/setup-error.ts';

export const EXIT_CODES = { done: 0, failed: 1, wrongUsage: 2 } as const;

/** The hub refused, or something on the way to it failed. `message` says what happened and what to try next. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** One or two sentences for what the user can mend; a stack only for a fault of twinhub itself. */
export function describeFailure(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (error instanceof SetupError) {
    return { text: error.message, exitCode: error.kind === 'usage' ? EXIT_CODES.wrongUsage : EXIT_CODES.failed };
  }
  if (error instanceof CommandFailure || error instanceof HubError) return { text: error.message, exitCode: EXIT_CODES.failed };
  const stack = error instanceof Error ? error.stack : String(error);
  return { text: `A fault in twinhub, please report it:\n${stack}`, exitCode: EXIT_CODES.failed };
}
