// A device for tests: only what a test is about needs to be said.
import type { Device } from '../../../../src/domain/identity/device.ts';
import { NEVER } from '../../../../src/domain/time.ts';

/** Base64 of 16 and of 64 bytes: the shortest and the longest key. */
export const SHORTEST_KEY = 'AAECAwQFBgcICQoLDA0ODw==';
export const LONGEST_KEY = `${'QUJD'.repeat(21)}QQ==`;

export function deviceWith(parts: Partial<Device>): Device {
  return {
    deviceId: 'device',
    generationId: 'g1',
    etag: 'MQ==',
    status: 'enabled',
    statusReason: null,
    statusUpdatedTime: NEVER,
    authentication: { type: 'sas', keys: { primaryKey: SHORTEST_KEY, secondaryKey: LONGEST_KEY } },
    iotEdge: false,
    deviceScope: null,
    parentScopes: [],
    modelId: '',
    connectionState: 'Disconnected',
    connectionStateUpdatedTime: NEVER,
    lastActivityTime: NEVER,
    ...parts,
  };
}
