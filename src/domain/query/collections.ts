// What can be queried: the collections after FROM, and the names at the root of their documents.
import type { Collection, Path } from './ast.ts';

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

/** The path without the collection's name in front of it, and with its root name as documents have it. */
export function canonicalPath(names: readonly string[], collection: Collection): Path {
  const [root = '', ...inner] = withoutPrefix(names, collection.split('.'));
  return { kind: 'path', names: [rootName(root, collection) ?? root, ...inner] };
}

/** The name as documents of the collection have it; `undefined` when none of them has it at its root. */
export function rootName(name: string, collection: Collection): string | undefined {
  return ROOT_NAMES[collection].find((known) => isSameWord(known, name));
}

export function isSameWord(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function withoutPrefix(names: readonly string[], prefix: readonly string[]): readonly string[] {
  const hasPrefix = names.length > prefix.length && prefix.every((word, index) => isSameWord(word, names[index] ?? ''));
  return hasPrefix ? names.slice(prefix.length) : names;
}
