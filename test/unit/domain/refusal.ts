// Catches the refusal of a rule so that a test can look at its code and message.
import { HubError } from '../../../src/domain/errors.ts';

/** Runs a rule that must refuse. @throws Error when it refuses nothing; anything but a HubError passes through. */
export function refusalOf(rule: () => unknown): HubError {
  try {
    rule();
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}
