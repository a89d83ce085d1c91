// Checks of Markdown pages: links and their anchors, paths of the repository, and npm scripts.
import { posix } from 'node:path';
import { type Fault, type SourceText, lineAt } from './parsed-source.ts';

/** Links that leave the repository are not followed. */
const LINK = /\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s+(\S+)/gm;
const OUTSIDE = /^[a-z][a-z+.-]*:/i;
const NAMED_PATH = /`((?:src|test|docs|bin|scripts|examples)\/[\w./*-]*)`/g;
const NPM_SCRIPT = /\bnpm (?:run(?: -s| --silent)? ([\w:-]+)|(start|test)\b)/g;

/** Relative links to a file or folder that is not in `paths`, and anchors that no heading of their page has. */
export function findBrokenLinks(pages: readonly SourceText[], paths: ReadonlySet<string>): readonly Fault[] {
  const anchors = new Map(pages.map((page) => [page.path, anchorsOf(page.text)]));
  return pages.flatMap((page) =>
    placesOf({ ...page, text: withoutCode(page.text) }, LINK).flatMap(({ name: target, line }) => {
      const message = complaintAboutLink({ from: page.path, target, paths, anchors });
      return message === undefined ? [] : [{ path: page.path, line, rule: 'links resolve', message }];
    }),
  );
}

/** Paths in backticks that are not in `paths`; a `*` stands for any name. */
export function findMissingPaths(pages: readonly SourceText[], paths: ReadonlySet<string>): readonly Fault[] {
  return pages.flatMap((page) =>
    placesOf(page, NAMED_PATH)
      .filter(({ name }) => !exists(name.replace(/\/$/, ''), paths))
      .map(({ name, line }) => ({ path: page.path, line, rule: 'named paths exist', message: `${name} does not exist` })),
  );
}

/** Folders directly in src that a page does not name in backticks. */
export function findUnmappedFolders(page: SourceText, paths: ReadonlySet<string>): readonly string[] {
  const named = new Set(placesOf(page, NAMED_PATH).map(({ name }) => name.split('/').slice(0, 2).join('/')));
  return [...paths].filter((path) => /^src\/[^/.]+$/.test(path) && !named.has(path));
}

/** `npm run X`, `npm start` and `npm test` of scripts that package.json does not have. */
export function findMissingScripts(pages: readonly SourceText[], scripts: ReadonlySet<string>): readonly Fault[] {
  return pages.flatMap((page) =>
    placesOf(page, NPM_SCRIPT)
      .filter(({ name }) => !scripts.has(name))
      .map(({ name, line }) => ({ path: page.path, line, rule: 'npm scripts exist', message: `package.json has no script ${name}` })),
  );
}

type Link = {
  readonly from: string;
  readonly target: string;
  readonly paths: ReadonlySet<string>;
  readonly anchors: ReadonlyMap<string, ReadonlySet<string>>;
};

function complaintAboutLink({ from, target, paths, anchors }: Link): string | undefined {
  if (OUTSIDE.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : posix.join(posix.dirname(from), file).replace(/\/$/, '');
  if (!paths.has(path)) return `${target} leads nowhere`;
  if (anchor === undefined || anchors.get(path)?.has(anchor) === true) return undefined;
  return `${path} has no heading for #${anchor}`;
}

/** The anchors that GitHub gives to the headings of a page; a heading that comes again gets `-1`, `-2`, … */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const anchor = anchorOf(heading);
    const copies = [...anchors].filter(
      (known) => known === anchor || (known.startsWith(anchor) && /^-\d+$/.test(known.slice(anchor.length))),
    );
    anchors.add(copies.length === 0 ? anchor : `${anchor}-${copies.length}`);
  }
  return anchors;
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** Blanks out code blocks and code spans, so that lines and offsets stay; in a heading the words of a span remain. */
function withoutCode(text: string): string {
  return text
    .replace(/^ *(```|~~~)[\s\S]*?^ *\1/gm, (block) => block.replace(/[^\n]/g, ' '))
    .replace(/^(?!#)(.*)$/gm, (line) => line.replace(/`[^`]*`/g, (span) => span.replace(/[[\]()]/g, ' ')));
}

type NamedPlace = { readonly name: string; readonly line: number };

/** Every match with its first group that took part. */
function placesOf(page: SourceText, pattern: RegExp): readonly NamedPlace[] {
  return [...page.text.matchAll(pattern)].map((match) => ({
    name: match.slice(1).find((group: string | undefined) => group !== undefined) ?? '',
    line: lineAt(page, match.index),
  }));
}

function exists(name: string, paths: ReadonlySet<string>): boolean {
  if (!name.includes('*')) return paths.has(name);
  const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$`);
  return [...paths].some((path) => pattern.test(path));
}
