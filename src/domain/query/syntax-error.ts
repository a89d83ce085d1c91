// Refusals of query texts: one sentence with the place, and under it the line with a caret.
import { HubError } from '../errors.ts';

/**
 * A query text, and what messages call it. `strict`: only what the documentation of the service has may stand in it, no addition of this hub.
 */
export type QueryText = { readonly text: string; readonly what: 'query' | 'condition' | 'path'; readonly strict?: boolean };

/** How much of a line is shown before the fault, and from there on. */
const SHOWN_BEFORE = 60;
const SHOWN_AFTER = 40;

/** @param offset UTF-16 units before the fault. @param problem what is wrong there, without a full stop. */
export function syntaxError({ text, what }: QueryText, offset: number, problem: string): HubError {
  const linesBefore = text.slice(0, offset).split('\n');
  const before = Array.from(linesBefore.at(-1) ?? '');
  const after = Array.from(text.slice(offset).split('\n', 1).join(''));
  const start = before.slice(-SHOWN_BEFORE);
  const line = [...start, ...after.slice(0, SHOWN_AFTER)].map(shown).join('').trimEnd();
  const place = `line ${linesBefore.length}:${before.length + 1}`;
  return new HubError(
    'ArgumentInvalid',
    `The ${what} is not valid at ${place}: ${shownText(problem)}.\n${line}\n${' '.repeat(start.length)}^`,
  );
}

/** The same for parts of the published language that this hub does not have. */
export function notOffered(source: QueryText, offset: number, part: string): HubError {
  return syntaxError(source, offset, `${part} not supported by this hub, see docs/compatibility.md`);
}

function shownText(text: string): string {
  return Array.from(text, shown).join('');
}

/** One column wide, so that the caret stands right. The SDK for Node.js would take what follows a semicolon away (contract 2.4). */
function shown(character: string): string {
  return character === ';' || !/^[\p{L}\p{N}\p{P}\p{S} ]$/u.test(character) ? '·' : character;
}
