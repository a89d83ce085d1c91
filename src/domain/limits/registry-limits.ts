// Limits of the identity registry.
import { KIB, type Limit } from './limit.ts';

export const REGISTRY_LIMITS = {
  deviceIdChars: { value: 128, unit: 'characters', meaning: 'longest id of a device or of a module', source: 'behaviour 1.2' },
  modelIdChars: { value: 2048, unit: 'characters', meaning: 'longest id of a model that a device announces', source: 'DTDL, version 2' },
  statusReasonChars: { value: 128, unit: 'characters', meaning: 'longest statusReason', source: 'behaviour 1.1' },
  managedByChars: { value: 128, unit: 'characters', meaning: 'longest managedBy of a module', source: 'twinhub' },
  keyMinBytes: { value: 16, unit: 'bytes', meaning: 'shortest symmetric key, decoded', source: 'live facts, Identity' },
  keyMaxBytes: { value: 64, unit: 'bytes', meaning: 'longest symmetric key, decoded', source: 'live facts, Identity' },
  keyGeneratedBytes: { value: 32, unit: 'bytes', meaning: 'length of a generated symmetric key', source: 'behaviour 1.3' },
  modulesPerDevice: {
    value: 50,
    unit: 'modules',
    meaning: 'modules of one device, those of the edge runtime among them',
    source: 'behaviour 1.8',
  },
  parentScopes: { value: 1, unit: 'scopes', meaning: 'parents of a device', source: 'behaviour 11' },
  edgeLevels: {
    value: 5,
    unit: 'levels',
    meaning: 'edge devices behind each other, counted upwards from the device that is written, which is one of them',
    source: 'twinhub: the levels that the service documents for nested edge devices',
  },
  deviceListMax: { value: 1000, unit: 'devices', meaning: 'devices in one answer of GET /devices', source: 'behaviour 1.5' },
  bulkDevices: { value: 100, unit: 'devices', meaning: 'devices in one bulk call to the registry', source: 'behaviour 1.6' },
  deviceBodyBytes: { value: 32 * KIB, unit: 'bytes', meaning: 'body of a device or module PUT', source: 'twinhub' },
  bulkBodyBytes: {
    value: 5 * KIB * KIB,
    unit: 'bytes',
    meaning: 'body of a bulk call to the registry',
    source: 'twinhub: as many devices as it may name, each with full tags and desired properties',
  },
} satisfies Record<string, Limit>;
