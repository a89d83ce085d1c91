// Holds every file of the repository against the house rules, and proves of each rule that it can fail.
import { describe, expect, it } from 'vitest';
import { CODE_RULES } from './support/self-check/code-rules.ts';
import { findHouseFaults } from './support/self-check/house-rules.ts';
import { describeFault, parseSource, type SourceText } from './support/self-check/parsed-source.ts';
import { CODE, repositoryFiles } from './support/self-check/repository-files.ts';
import { TEXT_RULES } from './support/self-check/text-rules.ts';

const texts = repositoryFiles(/./);
const sources = texts.filter(({ path }) => CODE.test(path)).map(parseSource);

/** Built in parts, so that this file does not break the rules it plants breaches of. */
const MARK = ['TO', 'DO'].join('');
const WORK = ['', 'work', 'main'].join('/');
const DISABLE = ['oxlint', 'disable-next-line'].join('-');

/** For each rule a file that breaks it, and where it is not obvious, the last file that keeps it. */
const PLANTED: Readonly<Record<string, { readonly bad: readonly SourceText[]; readonly good: readonly SourceText[] }>> = {
  'file length': {
    bad: [{ path: 'src/a.ts', text: '//\n'.repeat(401) }],
    good: [{ path: 'src/a.ts', text: '//\n'.repeat(400) }],
  },
  'telling names': {
    bad: ['src/utils.ts', 'src/twin-helpers.ts', 'src/helper/a.ts', 'test/unit/types.ts', 'src/job-manager.ts'].map(empty),
    good: ['src/content-type.ts', 'src/domain/time.ts'].map(empty),
  },
  'plain names': { bad: ['src/TwinStore.ts', 'src/twin_store.ts'].map(empty), good: ['src/twin-store.ts', 'test/a.test.ts'].map(empty) },
  'first line': {
    bad: ['', 'export {};', '// The twins.', '/** Block comments hide the text from a quick look. */'].map((text) =>
      code('src/a.ts', text),
    ),
    good: ['// Where twins live.', '#!/usr/bin/env node\n// Starts the command line.'].map((text) => code('src/a.ts', text)),
  },
  'open ends have an issue': {
    bad: [code('src/a.ts', `// ${MARK}: later`), { path: 'scripts/a.sh', text: `# ${MARK} later` }],
    good: [code('src/a.ts', `// ${MARK}(#12): say why\nconst ${MARK} = 1; // a name`)],
  },
  'no machine paths': {
    bad: [
      { path: 'docs/a.md', text: `See ${WORK}.` },
      { path: '.ci/run', text: `cd ${WORK}` },
    ],
    good: [{ path: 'docs/a.md', text: 'See ~/work/main, src/work/main and $HOME/root/x.' }],
  },
  'reasoned switch-offs': {
    bad: [code('src/a.ts', `// ${DISABLE} no-console\nexport {};`)],
    good: [code('src/a.ts', `// ${DISABLE} no-console -- the demo talks to people\nexport {};`)],
  },
  'test folders': { bad: [empty('test/other/a.test.ts')], good: ['test/a.test.ts', 'test/unit/hub/a.test.ts'].map(empty) },
  'tests under test/': { bad: [empty('src/hub/a.test.ts')], good: ['test/unit/hub/a.test.ts', 'examples/a.test.ts'].map(empty) },
  'function length': {
    bad: [
      code('src/a.ts', functionOf(71)),
      code('src/a.ts', `const f = () => {${'\n'.repeat(70)}};`),
      code('test/a.test.ts', functionOf(71)),
    ],
    good: [code('src/a.ts', functionOf(70)), code('test/a.test.ts', `describe('a', () => {\nit('b', () => {});${'\n'.repeat(90)}});`)],
  },
  'named exports only': {
    bad: [code('src/a.ts', 'export default 1;'), code('src/a.ts', 'const a = 1;\nexport { a as default };')],
    good: [code('src/a.ts', 'export const a = 1;'), code('vitest.config.ts', 'export default {};')],
  },
  'no export of everything': {
    bad: [code('src/index.ts', `export * from './a.ts';`), code('src/index.ts', `export * as a from './a.ts';`)],
    good: [code('src/index.ts', `export { a } from './a.ts';`)],
  },
  'no barrel files': {
    bad: [code('src/a.ts', `export { b } from './b.ts';`), code('src/a.ts', `import { b } from './b.ts';\nexport { b };`)],
    good: [code('src/index.ts', `export { b } from './b.ts';`)],
  },
  'private fields': {
    bad: [code('src/a.ts', 'class A { private b = 1; }'), code('src/a.ts', 'class A { protected b(): void {} }')],
    good: [code('src/a.ts', 'class A { #b = 1; readonly c = this.#b; }')],
  },
  'columns by name': {
    bad: [
      code('src/stores/a.ts', 'db.prepare("select * from device");'),
      code('src/stores/a.ts', 'db.prepare(`SELECT d.*\nfrom device d`);'),
    ],
    good: [
      code('src/stores/a.ts', 'db.prepare("select count(*) from device");'),
      code('src/domain/a.ts', 'parse("SELECT * FROM devices");'),
    ],
  },
  'no hidden clock': {
    bad: [
      'Date.now();',
      'new Date();',
      'Date();',
      'performance.now();',
      'process.hrtime.bigint();',
      'setTimeout(() => {}, 1);',
      'setInterval(() => {}, 1);',
      'globalThis.setTimeout(() => {}, 1);',
      'AbortSignal.timeout(1);',
      `import { setTimeout as sleep } from 'node:timers/promises';`,
    ].map((text) => code('src/hub/a.ts', text)),
    good: [code('src/hub/a.ts', 'new Date(0); clock.after(1, () => {}); socket.setTimeout(0);'), code('src/system/a.ts', 'Date.now();')],
  },
  'no hidden chance': {
    bad: [
      'Math.random();',
      'crypto.randomUUID();',
      `import { randomBytes } from 'node:crypto';`,
      `import { randomUUID as uuid } from 'node:crypto';`,
      'globalThis.crypto.getRandomValues(a);',
    ].map((text) => code('src/hub/a.ts', text)),
    good: [code('src/hub/a.ts', 'random.uuid();'), code('src/system/a.ts', 'crypto.randomUUID();')],
  },
  'no sleeping tests': {
    bad: [`import { setTimeout } from 'node:timers/promises';`, 'new Promise((resolve) => setTimeout(resolve, 5));', 'Math.random();'].map(
      (text) => code('test/a.test.ts', text),
    ),
    good: [code('test/a.test.ts', 'setTimeout(() => reject(new Error("no answer")), 5);')],
  },
};

describe.each(TEXT_RULES)('$name', (rule) => {
  it('is kept by every file', () => {
    expect(findHouseFaults(texts, rule).map(describeFault)).toEqual([]);
  });

  it('finds each planted breach and nothing else', () => {
    const { bad, good } = plantedFor(rule.name);

    expect(bad.filter((source) => findHouseFaults([source], rule).length === 0)).toEqual([]);
    expect(findHouseFaults(good, rule)).toEqual([]);
  });
});

describe.each(CODE_RULES)('$name', (rule) => {
  it('is kept by every file', () => {
    expect(findHouseFaults(sources, rule).map(describeFault)).toEqual([]);
  });

  it('finds each planted breach and nothing else', () => {
    const { bad, good } = plantedFor(rule.name);

    expect(bad.filter((source) => findHouseFaults([parseSource(source)], rule).length === 0)).toEqual([]);
    expect(findHouseFaults(good.map(parseSource), rule)).toEqual([]);
  });
});

describe('a fault', () => {
  it('names the file, the line, the rule and its reason', () => {
    const [rule] = TEXT_RULES.filter(({ name }) => name === 'open ends have an issue');
    const source = code('src/a.ts', `// One.\n// ${MARK} two`);

    const faults = rule === undefined ? [] : findHouseFaults([source], rule);

    expect(faults.map(describeFault)).toEqual([
      `src/a.ts:2 open ends have an issue: says "// ${MARK}", but unfinished work is written as ${MARK}(#issue): and nothing else`,
    ]);
  });
});

function plantedFor(name: string): { readonly bad: readonly SourceText[]; readonly good: readonly SourceText[] } {
  const planted = PLANTED[name];
  if (planted === undefined || planted.bad.length === 0) throw new Error(`No breach is planted for the rule "${name}"`);
  return planted;
}

function empty(path: string): SourceText {
  return { path, text: '' };
}

function code(path: string, text: string): SourceText {
  return { path, text };
}

function functionOf(lines: number): string {
  return `function f() {${'\n'.repeat(lines - 1)}}`;
}
