// The house rules as a table, and the loop that holds files against them.
import { type Fault, type ParsedSource, type SourceText, lineAt } from './parsed-source.ts';

/** What is wrong, and the offset in the text where it is. */
export type Complaint = { readonly offset: number; readonly message: string };

/** `covers` says which paths the rule is for; `check` sees only those. `S` is as much of a file as the rule has to know. */
export type HouseRule<S extends SourceText> = {
  readonly name: string;
  readonly reason: string;
  readonly covers: (path: string) => boolean;
  readonly check: (source: S) => readonly Complaint[];
};

export type TextRule = HouseRule<SourceText>;
export type CodeRule = HouseRule<ParsedSource>;

/** Every breach of one rule in the given files. */
export function findHouseFaults<S extends SourceText>(sources: readonly S[], rule: HouseRule<S>): readonly Fault[] {
  return sources
    .filter((source) => rule.covers(source.path))
    .flatMap((source) =>
      rule.check(source).map(({ offset, message }) => ({
        path: source.path,
        line: lineAt(source, offset),
        rule: rule.name,
        message: `${message}, but ${rule.reason}`,
      })),
    );
}
