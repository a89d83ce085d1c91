// The parts of a twin that the change feed tells apart, as bits of a number, and which of them a query or a change is about.
import type { Change } from '../../change.ts';
import type { TwinSectionName } from '../../twin/twin.ts';
import type { Expression, Path, PathStep } from '../ast.ts';

/** Some of the parts: their bits. */
export type TwinParts = number;

/** `existence`: that there is such a device or module at all. */
export const PARTS = { existence: 1, identity: 2, tags: 4, desired: 8, reported: 16 } as const;

export const ALL_PARTS: TwinParts = 31;

/** Of names at the root of a document that do not belong to the identity alone. What never changes belongs to no part. */
const ROOT_PARTS: ReadonlyMap<string, TwinParts> = new Map([
  ['deviceId', 0],
  ['moduleId', 0],
  ['cloudToDeviceMessageCount', 0],
  ['tags', PARTS.tags],
  ['etag', PARTS.tags | PARTS.desired],
  ['version', PARTS.tags | PARTS.desired],
  ['properties', PARTS.desired | PARTS.reported],
]);

/** In which parts a value under the path may change. A path to nothing counts as one of the identity. */
export function partsOfPath({ steps: [root, section] }: Path): TwinParts {
  if (root === 'properties' && section !== undefined) return isSection(section) ? PARTS[section] : 0;
  return ROOT_PARTS.get(root) ?? PARTS.identity;
}

export function partsOfChange({ kind, sections }: Change): TwinParts {
  switch (kind) {
    case 'twinUpdated':
      return sections.reduce((parts, section) => parts | PARTS[section], 0);
    case 'deviceUpdated':
    case 'moduleUpdated':
      return PARTS.identity;
    case 'deviceCreated':
    case 'deviceDeleted':
    case 'moduleCreated':
    case 'moduleDeleted':
      return ALL_PARTS;
  }
}

/** Every path that stands in the expression, in the order of the text. */
export function pathsIn(expression: Expression): readonly Path[] {
  switch (expression.kind) {
    case 'path':
      return [expression];
    case 'constant':
      return [];
    case 'comparison':
    case 'arithmetic':
      return [expression.left, expression.right].flatMap(pathsIn);
    case 'membership':
    case 'check':
      return pathsIn(expression.operand);
    case 'call':
      return expression.arguments.flatMap(pathsIn);
    case 'arrayContains':
      return [expression.array, expression.item].flatMap(pathsIn);
    case 'not':
      return pathsIn(expression.term);
    case 'and':
    case 'or':
      return expression.terms.flatMap(pathsIn);
  }
}

function isSection(name: PathStep): name is Exclude<TwinSectionName, 'tags'> {
  return name === 'desired' || name === 'reported';
}
