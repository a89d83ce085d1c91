// Cuts a query text into names, numbers, strings and symbols, each with its place.
import { LIMITS } from '../limits.ts';
import { type QueryText, syntaxError } from './syntax-error.ts';

/** `text` is what a message shows; `offset` counts UTF-16 units from the start. */
export type Token = { readonly offset: number; readonly text: string } & (
  | { readonly kind: 'name'; readonly name: string; readonly quoted: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'symbol' }
  | { readonly kind: 'end' }
);

/** The last token is the `end`. @throws HubError ArgumentInvalid with the place, also when the text is too long. */
export function tokenize(source: QueryText): readonly Token[] {
  const { text } = source;
  const maxChars = LIMITS.queryChars.value;
  if (text.length > maxChars) throw syntaxError(source, maxChars, `it is longer than ${maxChars} characters`);
  const tokens: Token[] = [];
  let offset = spaceAt(text, 0);
  while (offset < text.length) {
    const token = tokenAt(source, offset);
    tokens.push(token);
    offset = spaceAt(text, offset + token.text.length);
  }
  return [...tokens, { kind: 'end', offset, text: '' }];
}

/** Where the white space that begins at `offset` ends. */
function spaceAt(text: string, offset: number): number {
  return offset + matchAt(/\s*/y, text, offset).length;
}

/** `]]]` closes a name that ends with `]`, since no list can end right after a quoted name. */
const QUOTED_NAME = /\[\[([^]*?)\]\](?!\])/y;
/** `$` stands in names such as `$version`; a hyphen does not, because of subtraction. */
const NAME = /[\p{ID_Start}_$][\p{ID_Continue}$]*/uy;
const NUMBER = /0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SYMBOL = /<=|>=|<>|!=|[=<>()[\],.*+\-/%]/y;

function tokenAt(source: QueryText, offset: number): Token {
  const { text } = source;
  if (text.startsWith('[[', offset)) return quotedNameAt(source, offset);
  if (text[offset] === "'" || text[offset] === '"') return stringAt(source, offset);
  const name = matchAt(NAME, text, offset);
  if (name !== '') return { kind: 'name', offset, text: name, name, quoted: false };
  const number = matchAt(NUMBER, text, offset);
  if (number !== '') return numberAt(source, offset, number);
  const symbol = matchAt(SYMBOL, text, offset);
  if (symbol !== '') return { kind: 'symbol', offset, text: symbol };
  throw syntaxError(source, offset, `${shownCharacter(text, offset)} has no meaning here`);
}

function quotedNameAt(source: QueryText, offset: number): Token {
  const text = matchAt(QUOTED_NAME, source.text, offset);
  if (text === '') throw syntaxError(source, offset, 'the name that begins with [[ has no end, expected ]]');
  return { kind: 'name', offset, text, name: checkStorable(source, offset, text.slice(2, -2)), quoted: true };
}

function numberAt(source: QueryText, offset: number, text: string): Token {
  const value = Number(text);
  if (!Number.isFinite(value)) throw syntaxError(source, offset, 'the number is too large');
  const glued = matchAt(NAME, source.text, offset + text.length);
  if (glued !== '') throw syntaxError(source, offset, `'${text}${glued}' is no number, write [[${text}${glued}]] for a name`);
  return { kind: 'number', offset, text, value };
}

/** As the published grammar has them; a quote may also be doubled, as in other SQL (behaviour 5.1). */
const ESCAPE = /\\(?:(?<self>['"\\])|u(?<hex>[0-9a-fA-F]{4}))/y;

function stringAt(source: QueryText, offset: number): Token {
  const { text } = source;
  const quote = text[offset];
  let value = '';
  let at = offset + 1;
  while (at < text.length) {
    const unit = text.charAt(at);
    if (unit === quote && text[at + 1] !== quote) {
      return { kind: 'string', offset, text: text.slice(offset, at + 1), value: checkStorable(source, offset, value) };
    }
    if (unit === '\\') {
      const escape = escapeAt(source, at);
      value += escape.value;
      at += escape.length;
    } else {
      value += unit;
      at += unit === quote ? 2 : 1;
    }
  }
  throw syntaxError(source, offset, `the string has no end, expected ${quote}`);
}

function escapeAt(source: QueryText, offset: number): { readonly value: string; readonly length: number } {
  ESCAPE.lastIndex = offset;
  const match = ESCAPE.exec(source.text);
  if (!match) throw syntaxError(source, offset, String.raw`the escape is none of \' \" \\ \uXXXX`);
  const { self, hex = '' } = match.groups ?? {};
  return { value: self ?? String.fromCharCode(Number.parseInt(hex, 16)), length: match[0].length };
}

/** Texts that no document can hold (design 3.12) are refused, so that no store has to compare with them. */
function checkStorable(source: QueryText, offset: number, text: string): string {
  if (text.includes('\0')) throw syntaxError(source, offset, 'the character U+0000 stands in no document');
  if (!text.isWellFormed()) throw syntaxError(source, offset, 'half of a surrogate pair stands in no document');
  return text;
}

/** What a sticky pattern finds exactly at `offset`; empty when it finds nothing. */
function matchAt(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}

function shownCharacter(text: string, offset: number): string {
  const codePoint = text.codePointAt(offset) ?? 0;
  const character = String.fromCodePoint(codePoint);
  if (character === ';') return 'a semicolon';
  if (/^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)) return `'${character}'`;
  return `the character U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}
