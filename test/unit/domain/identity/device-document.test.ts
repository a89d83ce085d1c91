// Devices on the wire.
import { expect, it } from 'vitest';
import { deviceDocument } from '../../../../src/domain/identity/device-document.ts';
import { deviceWith, LONGEST_KEY, SHORTEST_KEY } from './device-builder.ts';

it('deviceDocument shows the identity with its keys', () => {
  expect(deviceDocument(deviceWith({ statusReason: null }))).toEqual({
    deviceId: 'device',
    generationId: 'g1',
    etag: 'MQ==',
    connectionState: 'Disconnected',
    status: 'enabled',
    statusReason: null,
    connectionStateUpdatedTime: '0001-01-01T00:00:00Z',
    statusUpdatedTime: '0001-01-01T00:00:00Z',
    lastActivityTime: '0001-01-01T00:00:00Z',
    cloudToDeviceMessageCount: 0,
    capabilities: { iotEdge: false },
    authentication: {
      symmetricKey: { primaryKey: SHORTEST_KEY, secondaryKey: LONGEST_KEY },
      x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
      type: 'sas',
    },
  });
});
