// What can be queried: the collections after FROM, and the names at the root of their documents.
import type { Collection, Path, PathSteps } from './ast.ts';

/**
 * Names at the root, in the case that documents have. They alone are found whatever their case (behaviour 5.1).
 * `devices` and `devices.modules` are the twins that `serviceTwinDocument` shows, `devices.jobs` the records of behaviour 5.3.
 */
export const ROOT_NAMES: Readonly<Record<Collection, readonly string[]>> = {
  devices: [
    'deviceId',
    'etag',
    'deviceEtag',
    'status',
    'statusReason',
    'statusUpdateTime',
    'connectionState',
    'lastActivityTime',
    'cloudToDeviceMessageCount',
    'authenticationType',
    'x509Thumbprint',
    'version',
    'tags',
    'properties',
    'capabilities',
    'deviceScope',
    'parentScopes',
    'modelId',
  ],
  'devices.modules': [
    'deviceId',
    'moduleId',
    'etag',
    'deviceEtag',
    'status',
    'statusUpdateTime',
    'connectionState',
    'lastActivityTime',
    'cloudToDeviceMessageCount',
    'authenticationType',
    'x509Thumbprint',
    'modelId',
    'version',
    'tags',
    'properties',
  ],
  'devices.jobs': [
    'deviceId',
    'jobId',
    'jobType',
    'status',
    'startTimeUtc',
    'endTimeUtc',
    'createdDateTimeUtc',
    'lastUpdatedDateTimeUtc',
    'outcome',
    'error',
  ],
};

/** The documentation asks records of jobs for this name, which they have by another (behaviour 5.3). */
const OTHER_NAMES: Readonly<Record<Collection, Readonly<Record<string, string>>>> = {
  devices: {},
  'devices.modules': {},
  'devices.jobs': { createdTimeUtc: 'createdDateTimeUtc' },
};

/** The path without the collection's name in front of it, and with its root name as documents have it. */
export function canonicalPath(steps: PathSteps, collection: Collection): Path {
  const [root, ...inner] = withoutPrefix(steps, collection.split('.'));
  return { kind: 'path', steps: [rootName(root, collection) ?? root, ...inner] };
}

/** The name as documents of the collection have it; `undefined` when none of them has it at its root. */
export function rootName(name: string, collection: Collection): string | undefined {
  const own = ROOT_NAMES[collection].find((known) => isSameWord(known, name));
  return own ?? Object.entries(OTHER_NAMES[collection]).find(([other]) => isSameWord(other, name))?.[1];
}

export function isSameWord(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** What is left begins with a name, or nothing is taken away. */
function withoutPrefix(steps: PathSteps, prefix: readonly string[]): PathSteps {
  const hasPrefix = prefix.every((word, index) => isSameWord(word, String(steps[index])));
  const [root, ...inner] = hasPrefix ? steps.slice(prefix.length) : steps;
  return typeof root === 'string' ? [root, ...inner] : steps;
}
