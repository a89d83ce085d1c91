// The error classes of an SDK: how each is caused for real, or why an app can never see it.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** The call that is refused, and the words an app then reads, or some of them. */
type Caused = { readonly by: () => Promise<unknown>; readonly message: string | RegExp };

/** `unused`: the SDK declares the class and never makes one. Any other text is the reason. */
type Never = { readonly never: string };

export type ErrorTable = Readonly<Record<string, Caused | Never>>;

const require = createRequire(import.meta.url);

/** The module that a package of the SDK loads under this name, whether or not it is a dependency of this project. */
export function errorsOf(packageName: string, module: string): Readonly<Record<string, unknown>> {
  const loaded: unknown = createRequire(require.resolve(packageName))(module);
  const errors: unknown = typeof loaded === 'object' && loaded !== null && 'errors' in loaded ? loaded.errors : loaded;
  return Object.fromEntries(Object.entries(typeof errors === 'object' && errors !== null ? errors : {}));
}

/** Declares that the table has each class and nothing else, and a test of each. `packages`: where the SDK may make one. */
export function testEveryError(classes: Readonly<Record<string, unknown>>, table: ErrorTable, packages: readonly string[]): void {
  test('Every error class is caused, or has a reason why it cannot be.', () => {
    expect(Object.keys(table).toSorted()).toEqual(Object.keys(classes).toSorted());
  });

  test('What is called unused is made nowhere in the SDK.', () => {
    const sources = packages.flatMap(sourcesOf).join('\n');
    const made = new Set([...sources.matchAll(/new [\w.]*errors\w*\.(\w+)\(/g)].map(([, name]) => name));

    expect(
      Object.keys(classes)
        .filter((name) => !made.has(name))
        .toSorted(),
    ).toEqual(
      Object.keys(table)
        .filter((name) => isUnused(table[name]))
        .toSorted(),
    );
  });

  const caused = Object.entries(table).flatMap(([name, entry]) => ('by' in entry ? [[name, entry] as const] : []));
  test.each(caused)('%s is caused, and says why.', async (name, { by, message }) => {
    const error = await by().then(
      () => new Error('no error'),
      (reason: Error) => reason,
    );

    expect(error).toBeInstanceOf(classes[name]);
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
  });
}

function isUnused(entry: Caused | Never | undefined): boolean {
  return entry !== undefined && 'never' in entry && entry.never === 'unused';
}

function sourcesOf(packageName: string): readonly string[] {
  const folder = join(dirname(require.resolve(`${packageName}/package.json`)), 'dist');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js'));
  return files.map((path) => readFileSync(join(folder, path), 'utf8'));
}
