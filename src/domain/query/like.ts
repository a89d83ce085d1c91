// Patterns of LIKE: `%` stands for any characters, `_` for one, and a backslash takes the meaning from what follows.

/** What stands for itself is its code point. */
const ANY = -1;
const ONE = -2;

/** Case-sensitive. Takes at most as many steps as the length of the text times that of the pattern, whatever they are. */
export function isLike(text: string, pattern: string): boolean {
  const parts = partsOf(pattern);
  let part = 0;
  let at = 0;
  // Where the last `%` stands, and where in the text it ends for the moment. Only the last one has to be tried again.
  let lastAny = -1;
  let anyEnd = 0;
  while (at < text.length) {
    const codePoint = text.codePointAt(at) ?? 0;
    if (parts[part] === ANY) {
      lastAny = part;
      anyEnd = at;
      part += 1;
    } else if (parts[part] === ONE || parts[part] === codePoint) {
      part += 1;
      at += unitsOf(codePoint);
    } else if (lastAny >= 0) {
      anyEnd += unitsOf(text.codePointAt(anyEnd) ?? 0);
      at = anyEnd;
      part = lastAny + 1;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === ANY);
}

/** The same pattern meets many texts, one after the other. */
let latest: { readonly pattern: string; readonly parts: readonly number[] } = { pattern: '', parts: [] };

function partsOf(pattern: string): readonly number[] {
  if (latest.pattern !== pattern) latest = { pattern, parts: parsePattern(pattern) };
  return latest.parts;
}

function parsePattern(pattern: string): readonly number[] {
  const parts: number[] = [];
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    const isEscape = character === '\\' && index + 1 < characters.length;
    if (isEscape) index += 1;
    parts.push(isEscape ? codePointOf(characters[index]) : (WILDCARDS.get(character) ?? codePointOf(character)));
  }
  return parts;
}

const WILDCARDS: ReadonlyMap<string, number> = new Map([
  ['%', ANY],
  ['_', ONE],
]);

function codePointOf(character = ''): number {
  return character.codePointAt(0) ?? 0;
}

function unitsOf(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}
