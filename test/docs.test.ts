// Keeps the documents true: links, named files, npm scripts and generated pages; each check is proved able to fail.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedDocs } from '../scripts/generated-docs.ts';
import { findBrokenLinks, findMissingPaths, findMissingScripts, findUnmappedFolders } from './support/self-check/markdown-checks.ts';
import { describeFault, type SourceText } from './support/self-check/parsed-source.ts';
import { repositoryFiles, repositoryPaths } from './support/self-check/repository-files.ts';

/** These tell what was, so that they may name what is gone. */
const HISTORY = /^(CHANGELOG\.md|docs\/decisions\/)/;

const pages = repositoryFiles(/\.md$/);
const paths = new Set(repositoryPaths());
const manifest: { readonly scripts: Readonly<Record<string, string>>; readonly files: readonly string[] } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

describe('links', () => {
  it('lead to files and headings that exist', () => {
    expect(findBrokenLinks(pages, paths).map(describeFault)).toEqual([]);
  });

  it.each([
    ['a missing file', '[a](missing.md)'],
    ['a missing file above', '[a](../docs/missing.md)'],
    ['a missing heading of the same page', '[a](#missing)'],
    ['a missing heading of another page', '[a](b.md#missing)'],
    ['a heading inside a code block', '[a](#code)\n\n```\n# Code\n```'],
    ['a missing file in a reference', '[a]\n\n[a]: missing.md'],
  ])('are broken by %s', (_, text) => {
    expect(brokenLinksOf(text)).toHaveLength(1);
  });

  it.each([
    ['a file', '[a](b.md)'],
    ['a folder', '[a](../docs/) and [b](../docs)'],
    ['a heading', '[a](b.md#one-two-three) and [b](#own)\n\n# Own'],
    ['a heading that comes again', '[a](#own-1)\n\n# Own\n\n# Own'],
    ['a page elsewhere', '[a](https://example.com/missing.md)'],
    ['nothing, inside code', '`[a](missing.md)`\n\n```\n[a](missing.md)\n```'],
  ])('may lead to %s', (_, text) => {
    expect(brokenLinksOf(text)).toEqual([]);
  });

  it('are reported with their page and line', () => {
    expect(brokenLinksOf('# A\n\n[a](missing.md)').map(describeFault)).toEqual(['docs/a.md:3 links resolve: missing.md leads nowhere']);
  });
});

describe('named paths', () => {
  it('exist', () => {
    const present = pages.filter(({ path }) => !HISTORY.test(path));

    expect(findMissingPaths(present, paths).map(describeFault)).toEqual([]);
  });

  it('stand in ARCHITECTURE.md for every folder of src', () => {
    const [architecture] = pages.filter(({ path }) => path === 'ARCHITECTURE.md');

    expect(findUnmappedFolders(architecture ?? page(''), paths)).toEqual([]);
  });

  it('are found missing from the map', () => {
    const folders = new Set(['src', 'src/a.ts', 'src/hub', 'src/hub/jobs', 'src/hubs', 'test/unit']);

    expect(findUnmappedFolders(page('`src/hub/jobs/`'), folders)).toEqual(['src/hubs']);
    expect(findUnmappedFolders(page('`src/hub/` and `src/hubs`'), folders)).toEqual([]);
  });

  it('are found missing', () => {
    const known = new Set(['src', 'src/a.ts', 'src/gateways', 'src/gateways/mqtt']);
    const text = '`src/a.ts` `src/` `src/gateways/*` `src/b.ts` `src/stores/*` `src/c/`';

    expect(findMissingPaths([page(text)], known).map(({ message }) => message)).toEqual([
      'src/b.ts does not exist',
      'src/stores/* does not exist',
      'src/c/ does not exist',
    ]);
  });
});

describe('npm scripts', () => {
  it('exist where a page names them', () => {
    expect(findMissingScripts(pages, new Set(Object.keys(manifest.scripts))).map(describeFault)).toEqual([]);
  });

  it('are found missing', () => {
    const text = '`npm run check`, `npm run -s twinhub -- start`, `npm run format:check`, `npm start`, npm test';

    const missing = findMissingScripts([page(text)], new Set(['check', 'start']));

    expect(missing.map(({ message }) => message)).toEqual(
      ['twinhub', 'format:check', 'test'].map((name) => `package.json has no script ${name}`),
    );
  });
});

describe('the package', () => {
  const packed = new Set([...paths].filter((path) => manifest.files.some((entry) => path === entry || path.startsWith(`${entry}/`))));

  it('holds every page and example that its README leads to', () => {
    const readme = pages.filter(({ path }) => path === 'README.md');

    expect(findBrokenLinks(readme, packed).map(describeFault)).toEqual([]);
  });

  it('holds every page that a message names', () => {
    const named = repositoryFiles(/^src\/.*\.ts$/).flatMap(({ text }) => text.match(/docs\/[\w/-]+\.md/g) ?? []);

    expect(named).toContain('docs/limits.md');
    expect(named.filter((path) => !packed.has(path))).toEqual([]);
  });
});

describe('generated pages', () => {
  it.each(generatedDocs())('$path equals its source (npm run docs writes it)', ({ path, text }) => {
    const [file] = pages.filter((candidate) => candidate.path === path);

    expect(file?.text).toBe(text);
  });

  it('show the values of their tables', () => {
    const [errors, configuration, limits] = generatedDocs().map(({ text }) => text);

    expect(errors).toContain('| `DeviceNotFound` | 404001 |');
    expect(configuration).toContain('| `--data-dir DIR` | `TWINHUB_DATA_DIR` | `.twinhub` |');
    expect(limits).toContain('| `propertiesBytes` | 32,768 bytes (32 KiB) |');
  });

  it('list each operation of the service that is not there', () => {
    const compatibility = generatedDocs().find(({ path }) => path === 'docs/compatibility.md');

    expect(compatibility?.text).toContain('| Configurations | `Configuration_Get` | `GET /configurations/{id}` | 404 |');
  });

  it('have one of a thing in the singular', () => {
    const limits = generatedDocs().find(({ path }) => path === 'docs/limits.md');

    expect(limits?.text).toContain('| `readinessSeconds` | 1 second |');
    expect(limits?.text).not.toMatch(/\| 1 \w+s /);
  });
});

function page(text: string): SourceText {
  return { path: 'docs/a.md', text };
}

function brokenLinksOf(text: string): ReturnType<typeof findBrokenLinks> {
  const other = { path: 'docs/b.md', text: '## One, `two` (three)\n' };
  return findBrokenLinks([page(text), other], new Set(['docs', 'docs/a.md', 'docs/b.md']));
}
