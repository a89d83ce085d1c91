// Refusals of query texts: one sentence with the place.
import { HubError } from '../errors.ts';

/** A query text, and what messages call it. */
export type QueryText = { readonly text: string; readonly what: 'query' | 'condition' };

/** @param offset UTF-16 units before the fault. @param problem what is wrong there, without a full stop. */
export function syntaxError({ text, what }: QueryText, offset: number, problem: string): HubError {
  const linesBefore = text.slice(0, offset).split('\n');
  const column = Array.from(linesBefore.at(-1) ?? '').length + 1;
  return new HubError('ArgumentInvalid', `The ${what} is not valid at line ${linesBefore.length}:${column}: ${problem}.`);
}

/** The same for parts of the published language that this hub does not have. */
export function notOffered(source: QueryText, offset: number, part: string): HubError {
  return syntaxError(source, offset, `${part} not supported by this hub, see docs/compatibility.md`);
}
