// Reads the files that belong to the repository, as paths and texts, for the self-checks.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceText } from './parsed-source.ts';

/** Files that Node runs: TypeScript and JavaScript in either module system. */
export const CODE = /\.(ts|js|cjs|mjs)$/;

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What tools and package managers make; none of it is written by hand or published as source. */
const GENERATED = new Set(['.git', 'node_modules', 'dist', '.twinhub', 'package-lock.json']);

/** Every file and folder of the repository, as paths relative to its root with forward slashes. */
export function repositoryPaths(): readonly string[] {
  return entriesBelow(ROOT).map(({ path }) => path);
}

/** The files whose path matches, with their texts. */
export function repositoryFiles(pattern: RegExp): readonly SourceText[] {
  return entriesBelow(ROOT)
    .filter((entry) => entry.isFile && pattern.test(entry.path))
    .map(({ path }) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

type Entry = { readonly path: string; readonly isFile: boolean };

function entriesBelow(folder: string): readonly Entry[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !GENERATED.has(entry.name) && (entry.isFile() || entry.isDirectory()))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      const own = { path: relative(ROOT, path).replaceAll('\\', '/'), isFile: entry.isFile() };
      return entry.isFile() ? [own] : [own, ...entriesBelow(path)];
    });
}
