// An index on a path of twins: which paths may have one, and how it is written.
import { HubError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Path } from '../ast.ts';
import { canonicalPath } from '../collections.ts';
import { parsePathSteps } from '../path-parser.ts';
import { TokenReader } from '../token-reader.ts';
import { isSamePath } from '../value-order.ts';

/** Collections whose documents are twins. */
export type IndexedCollection = 'devices' | 'devices.modules';

/** What tells an index from others. */
export type IndexPlace = { readonly collection: IndexedCollection; readonly path: Path };

/** `hub`: the hub saw that queries would use it; it drops no index that a person made. */
export type IndexMaker = 'person' | 'hub';

/** `building`: it is kept right by every write from here on, and gets what was there before; no query uses it. */
export type TwinIndex = IndexPlace & { readonly state: 'building' | 'ready'; readonly createdTime: string; readonly madeBy: IndexMaker };

/** Where the value under a path lies in a twin. */
export type IndexedValue = { readonly section: 'tags' | 'desired' | 'reported'; readonly names: readonly string[] };

/**
 * Parses a path as queries write it; `devices.modules.` in front of it means twins of modules.
 * @throws HubError ArgumentInvalid for what is no path, and for one that can have no index.
 */
export function parseIndexPlace(text: string): IndexPlace {
  const maxChars = LIMITS.twinIndexPathChars.value;
  if (text.length > maxChars) throw new HubError('ArgumentInvalid', `The path of an index has at most ${maxChars} characters.`);
  const tokens = new TokenReader({ text, what: 'path' });
  const steps = parsePathSteps(tokens);
  tokens.expectEnd();
  const ofModules = canonicalPath(steps, 'devices.modules');
  const collection = ofModules.steps.length === steps.length - 2 ? 'devices.modules' : 'devices';
  const place: IndexPlace = { collection, path: canonicalPath(steps, collection) };
  if (place.path.steps.some((step) => typeof step === 'number')) throw itemRefused(place);
  if (indexedValue(place.path)) return place;
  throw new HubError(
    'ArgumentInvalid',
    'An index is on a property below tags, properties.desired or properties.reported, such as tags.site or devices.modules.tags.site.',
  );
}

function itemRefused(place: IndexPlace): HubError {
  return new HubError('ArgumentInvalid', `An index is on a property, and ${formatIndexPlace(place)} is an item of an array.`);
}

/** `undefined` for a path that can have no index: of items of arrays, of other parts of a document, or of what the hub keeps beside the properties. */
export function indexedValue({ steps }: Path): IndexedValue | undefined {
  const names = steps.filter((step) => typeof step === 'string');
  const [root, second, ...rest] = names;
  if (second === undefined || names.length < steps.length) return undefined;
  if (root === 'tags') return { section: 'tags', names: [second, ...rest] };
  if (root !== 'properties' || (second !== 'desired' && second !== 'reported')) return undefined;
  return rest[0] === undefined || rest[0] === '$version' || rest[0] === '$metadata' ? undefined : { section: second, names: rest };
}

/** Whether `parseIndexPlace` takes the text of the place. */
export function mayHaveIndex(place: IndexPlace): boolean {
  return indexedValue(place.path) !== undefined && formatIndexPlace(place).length <= LIMITS.twinIndexPathChars.value;
}

/** Text that parses to the same place. */
export function formatIndexPlace({ collection, path }: IndexPlace): string {
  const [root, ...inner] = path.steps;
  const text = inner.reduce<string>(
    (before, step) => (typeof step === 'number' ? `${before}[${step}]` : `${before}.${nameText(step)}`),
    nameText(root),
  );
  return collection === 'devices' ? text : `${collection}.${text}`;
}

function nameText(name: string): string {
  return BARE_NAME.test(name) ? name : `[[${name}]]`;
}

const BARE_NAME = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

export function isSamePlace(one: IndexPlace, other: IndexPlace): boolean {
  return one.collection === other.collection && isSamePath(one.path, other.path);
}
