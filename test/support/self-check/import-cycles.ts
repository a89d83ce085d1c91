// Finds files that import each other in a circle, type imports included.
import { posix } from 'node:path';
import type { Fault, ParsedSource } from './parsed-source.ts';

/** One fault for each circle; its message names the files in the order in which they import each other. */
export function findImportCycles(sources: readonly ParsedSource[]): readonly Fault[] {
  const graph = new Map(sources.map((source) => [source.path, localImports(source)]));
  const done = new Set<string>();
  return [...graph.keys()].flatMap((path) => cyclesFrom({ path, trail: [] }, graph, done)).map(toFault);
}

type Step = { readonly path: string; readonly trail: readonly string[] };

/** Depth first; `done` holds files from which every circle has been reported. */
function cyclesFrom(step: Step, graph: ReadonlyMap<string, readonly string[]>, done: Set<string>): readonly (readonly string[])[] {
  const start = step.trail.indexOf(step.path);
  if (start >= 0) return [step.trail.slice(start)];
  if (done.has(step.path)) return [];
  const trail = [...step.trail, step.path];
  const cycles = (graph.get(step.path) ?? []).flatMap((path) => cyclesFrom({ path, trail }, graph, done));
  done.add(step.path);
  return cycles;
}

function localImports(source: ParsedSource): readonly string[] {
  return source.imports
    .filter((imported) => imported.specifier.startsWith('.'))
    .map((imported) => posix.join(posix.dirname(source.path), imported.specifier));
}

function toFault(cycle: readonly string[]): Fault {
  const [first = ''] = cycle;
  return { path: first, line: 1, rule: 'no import cycles', message: [...cycle, first].join(' -> ') };
}
