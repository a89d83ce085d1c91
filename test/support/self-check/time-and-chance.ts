// House rules against hidden clocks, hidden chance and sleeping tests.
import { type Expression, type Program, Visitor } from 'oxc-parser';
import type { CodeRule, Complaint } from './house-rules.ts';
import type { ParsedSource } from './parsed-source.ts';

/** Spelled as `usesOf` spells what a file does. */
const CLOCKS = new Set([
  'Date.now',
  'Date()',
  'new Date()',
  'performance.now',
  'process.hrtime',
  'process.uptime',
  'AbortSignal.timeout',
  'setTimeout()',
  'setInterval()',
  'globalThis.setTimeout',
  'globalThis.setInterval',
  'from node:timers',
  'from node:timers/promises',
]);

const CHANCE = new Set([
  'Math.random',
  '.randomUUID',
  '.randomBytes',
  '.randomInt',
  '.randomFill',
  '.randomFillSync',
  '.getRandomValues',
  'import randomUUID',
  'import randomBytes',
  'import randomInt',
  'import randomFill',
  'import randomFillSync',
  'import getRandomValues',
]);

const SLEEPS = new Set(['from node:timers/promises', 'setTimeout(name)', 'Math.random']);

export const CLOCK_RULE: CodeRule = {
  name: 'no hidden clock',
  reason: 'time comes from the Clock port, so that tests can move it; only src/system reads the real one',
  covers: (path) => path.startsWith('src/') && !path.startsWith('src/system/'),
  check: (source) => forbiddenUses(source, CLOCKS),
};

export const CHANCE_RULE: CodeRule = {
  name: 'no hidden chance',
  reason: 'chance comes from the Random port; only src/system and the key generation of src/certificates draw it themselves',
  covers: (path) => path.startsWith('src/') && !/^src\/(system|certificates)\//.test(path),
  check: (source) => forbiddenUses(source, CHANCE),
};

export const SLEEP_RULE: CodeRule = {
  name: 'no sleeping tests',
  reason: 'a test moves the fake clock or waits for an event, and draws chance from a seed',
  covers: (path) => path.startsWith('test/'),
  check: (source) => forbiddenUses(source, SLEEPS),
};

function forbiddenUses(source: ParsedSource, forbidden: ReadonlySet<string>): readonly Complaint[] {
  return usesOf(source.program)
    .filter(({ use }) => forbidden.has(use))
    .map(({ use, offset }) => ({ offset, message: `uses ${use}` }));
}

type Use = { readonly use: string; readonly offset: number };

/**
 * What a file takes from outside, each in one of these spellings: `from module`, `import name`, `object.member`, `.member`,
 * `call()`, `new Class()` for a construction without arguments, and `setTimeout(name)` for a timer that calls a given function.
 */
function usesOf(program: Program): readonly Use[] {
  const uses: Use[] = [];
  const add = (use: string, { start }: { readonly start: number }): void => {
    uses.push({ use, offset: start });
  };
  new Visitor({
    ImportDeclaration: (node) => add(`from ${node.source.value}`, node),
    ImportSpecifier: (node) => add(`import ${node.imported.type === 'Identifier' ? node.imported.name : node.imported.value}`, node),
    MemberExpression: (node) => {
      if (node.property.type !== 'Identifier') return;
      add(`.${node.property.name}`, node);
      add(`${nameOf(node.object)}.${node.property.name}`, node);
    },
    CallExpression: (node) => {
      const callee = nameOf(node.callee);
      add(`${callee}()`, node);
      if (node.arguments[0]?.type === 'Identifier') add(`${callee}(name)`, node);
    },
    NewExpression: (node) => {
      if (node.arguments.length === 0) add(`new ${nameOf(node.callee)}()`, node);
    },
  }).visit(program);
  return uses;
}

function nameOf(node: Expression): string {
  return node.type === 'Identifier' ? node.name : '';
}
