// House rules over the syntax tree: sizes of functions, exports, privacy, SQL.
import { Visitor } from 'oxc-parser';
import type { CodeRule, Complaint } from './house-rules.ts';
import { type ParsedSource, lineAt } from './parsed-source.ts';
import { CHANCE_RULE, CLOCK_RULE, SLEEP_RULE } from './time-and-chance.ts';

const MAX_FUNCTION_LINES = 70;

/** The only file that passes on what others export. */
const PUBLIC_API = 'src/index.ts';

/** Rules over what a file declares and calls. */
export const CODE_RULES: readonly CodeRule[] = [
  {
    name: 'function length',
    reason: `a function has at most ${MAX_FUNCTION_LINES} lines (one that only lists tests may be longer)`,
    covers: () => true,
    check: longFunctions,
  },
  {
    name: 'named exports only',
    reason: 'an import shows the name that the file gave',
    covers: (path) => !path.endsWith('.config.ts'),
    check: (source) =>
      exportEntries(source)
        .filter((entry) => entry.exportName.kind === 'Default' || entry.exportName.name === 'default')
        .map((entry) => ({ offset: entry.start, message: 'has a default export' })),
  },
  {
    name: 'no export of everything',
    reason: 'a reader must see what a file exports',
    covers: () => true,
    check: (source) =>
      exportEntries(source)
        .filter((entry) => entry.importName.kind === 'AllButDefault' || entry.importName.kind === 'All')
        .map((entry) => ({ offset: entry.start, message: 'exports everything of another file' })),
  },
  {
    name: 'no barrel files',
    reason: `only ${PUBLIC_API} passes on what others export; import a thing from where it is`,
    covers: (path) => path !== PUBLIC_API,
    check: (source) =>
      exportEntries(source)
        .filter((entry) => entry.moduleRequest !== null)
        .map((entry) => ({ offset: entry.start, message: `passes on ${entry.moduleRequest?.value}` })),
  },
  {
    name: 'private fields',
    reason: 'private state is #field, which Node itself keeps private',
    covers: () => true,
    check: privacyKeywords,
  },
  {
    name: 'columns by name',
    reason: 'a statement names its columns, so that a migration cannot change what it returns',
    covers: (path) => path.startsWith('src/stores/'),
    check: starSelects,
  },
  CLOCK_RULE,
  CHANCE_RULE,
  SLEEP_RULE,
];

function exportEntries(source: ParsedSource): ParsedSource['exports'][number]['entries'] {
  return source.exports.flatMap((statement) => statement.entries);
}

function longFunctions(source: ParsedSource): readonly Complaint[] {
  const complaints: Complaint[] = [];
  const measure = (node: { readonly start: number; readonly end: number }): void => {
    const lines = lineAt(source, node.end) - lineAt(source, node.start) + 1;
    if (lines > MAX_FUNCTION_LINES && !listsTests(source, node)) complaints.push({ offset: node.start, message: `is ${lines} lines long` });
  };
  new Visitor({ FunctionDeclaration: measure, FunctionExpression: measure, ArrowFunctionExpression: measure }).visit(source.program);
  return complaints;
}

/** True for the body of a `describe` or of a contract suite: its length is a number of tests, each measured by itself. */
function listsTests(source: ParsedSource, node: { readonly start: number; readonly end: number }): boolean {
  return source.path.startsWith('test/') && /\b(describe|it|test)(\.\w+)*\(/.test(source.text.slice(node.start, node.end));
}

function privacyKeywords(source: ParsedSource): readonly Complaint[] {
  const complaints: Complaint[] = [];
  const look = (node: { readonly start: number; readonly accessibility?: string | null | undefined }): void => {
    if (node.accessibility === 'private' || node.accessibility === 'protected') {
      complaints.push({ offset: node.start, message: `has a ${node.accessibility} member` });
    }
  };
  new Visitor({ PropertyDefinition: look, MethodDefinition: look, AccessorProperty: look }).visit(source.program);
  return complaints;
}

function starSelects(source: ParsedSource): readonly Complaint[] {
  const complaints: Complaint[] = [];
  const look = (offset: number, text: string): void => {
    if (/\bselect\s+(\w+\.)?\*/i.test(text)) complaints.push({ offset, message: 'selects *' });
  };
  new Visitor({
    Literal: (node) => look(node.start, typeof node.value === 'string' ? node.value : ''),
    TemplateElement: (node) => look(node.start, node.value.raw),
  }).visit(source.program);
  return complaints;
}
