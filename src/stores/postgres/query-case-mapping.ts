// How LOWER and UPPER change code points, as JavaScript does: PostgreSQL's own functions go by the locale of the database and another version of Unicode.

/** `mapping`: JSON of the code points that change. */
type CaseMapping = { readonly lower: string; readonly upper: string; readonly beforeFinal: string; readonly afterFinal: string };

let known: CaseMapping | undefined;

/**
 * `beforeFinal`, `afterFinal`: regular expressions of PostgreSQL for what stands before and after a capital sigma that becomes a final one
 * (The Unicode Standard, table 3-17, Final_Sigma).
 */
export function caseMapping(): CaseMapping {
  known ??= readCaseMapping();
  return known;
}

function readCaseMapping(): CaseMapping {
  const cased = classOf((letter) => CASED.test(letter) && !IGNORABLE.test(letter));
  const ignorable = classOf((letter) => IGNORABLE.test(letter));
  return {
    lower: mappingOf((letter) => letter.toLowerCase()),
    upper: mappingOf((letter) => letter.toUpperCase()),
    beforeFinal: `${cased}${ignorable}*$`,
    afterFinal: `^(?!${ignorable}*${cased})`,
  };
}

const CASED = /\p{Cased}/u;
const IGNORABLE = /\p{Case_Ignorable}/u;

/** Above these two planes there are no letters with case, but for ideographs nothing. */
const CODE_POINTS = 0x2_0000;

function mappingOf(change: (letter: string) => string): string {
  const changed = letters().flatMap((letter) => (change(letter) === letter ? [] : [[letter, change(letter)] as const]));
  return JSON.stringify(Object.fromEntries(changed));
}

/** A class of a regular expression, as ranges of code points. */
function classOf(isInClass: (letter: string) => boolean): string {
  const ranges: { from: number; to: number }[] = [];
  for (const letter of letters()) {
    if (!isInClass(letter)) continue;
    const codePoint = letter.codePointAt(0) ?? 0;
    const last = ranges.at(-1);
    if (last?.to === codePoint - 1) last.to = codePoint;
    else ranges.push({ from: codePoint, to: codePoint });
  }
  return `[${ranges.map(({ from, to }) => `${escaped(from)}-${escaped(to)}`).join('')}]`;
}

function letters(): readonly string[] {
  const all = Array.from({ length: CODE_POINTS }, (_, codePoint) => codePoint);
  return all
    .filter((codePoint) => codePoint !== 0 && (codePoint < 0xd800 || codePoint > 0xdfff))
    .map((codePoint) => String.fromCodePoint(codePoint));
}

function escaped(codePoint: number): string {
  return `\\U${codePoint.toString(16).padStart(8, '0')}`;
}
