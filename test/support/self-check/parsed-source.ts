// A source file with its syntax tree and its imports, as the self-checks read it.
import { type Comment, type Program, type StaticExport, Visitor, parseSync } from 'oxc-parser';

/** `path` is relative to the repository, with forward slashes. */
export type SourceText = { readonly path: string; readonly text: string };

/** `offset` points at the statement or expression that names the module. */
export type ImportOf = { readonly specifier: string; readonly offset: number };

export type ParsedSource = SourceText & {
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly exports: readonly StaticExport[];
  readonly imports: readonly ImportOf[];
};

/** One breach of a rule, at a place that an editor can jump to. */
export type Fault = { readonly path: string; readonly line: number; readonly rule: string; readonly message: string };

/** @throws Error when the text is no valid TypeScript or JavaScript, because no rule can be checked on it. */
export function parseSource(source: SourceText): ParsedSource {
  const parsed = parseSync(source.path, source.text);
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${source.path} cannot be parsed: ${error.message}`);
  const { program, comments, module } = parsed;
  return { ...source, program, comments, exports: module.staticExports, imports: importsOf(program) };
}

/** Counts from 1. */
export function lineAt(source: SourceText, offset: number): number {
  return source.text.slice(0, offset).split('\n').length;
}

/** `path:line rule: message`, the form in which a failing self-check shows a fault. */
export function describeFault(fault: Fault): string {
  return `${fault.path}:${fault.line} ${fault.rule}: ${fault.message}`;
}

function importsOf(program: Program): readonly ImportOf[] {
  const imports: ImportOf[] = [];
  const add = (node: { readonly start: number }, source: unknown): void => {
    const specifier = literalText(source);
    if (specifier !== undefined) imports.push({ specifier, offset: node.start });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source),
    ExportNamedDeclaration: (node) => add(node, node.source),
    ExportAllDeclaration: (node) => add(node, node.source),
    ImportExpression: (node) => add(node, node.source),
    TSImportType: (node) => add(node, node.source),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') add(node, node.arguments[0]);
    },
  }).visit(program);
  return imports;
}

function literalText(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null || !('value' in node)) return undefined;
  return typeof node.value === 'string' ? node.value : undefined;
}
