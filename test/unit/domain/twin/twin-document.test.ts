// Twins on the wire.
import { describe, expect, it } from 'vitest';
import { deviceTwinDocument, serviceTwinDocument } from '../../../../src/domain/twin/twin-document.ts';
import { deviceWith } from '../identity/device-builder.ts';
import { CREATED_AT, twinWith } from './twin-builders.ts';

describe('serviceTwinDocument', () => {
  it('shows the twin with metadata and what it mirrors of the identity', () => {
    const device = deviceWith({
      deviceId: 'device',
      etag: 'MTI=',
      connectionState: 'Connected',
      lastActivityTime: '2026-01-03T00:00:00.000Z',
    });

    const document = serviceTwinDocument(device, twinWith({ tags: { floor: 3 }, desired: { a: 1 }, reported: { r: 1 } }));

    const desiredStamp = { $lastUpdated: CREATED_AT, $lastUpdatedVersion: 2 };
    const reportedStamp = { $lastUpdated: CREATED_AT };
    expect(document).toEqual({
      deviceId: 'device',
      etag: 'AAAAAAAAAAI=',
      deviceEtag: 'MTI=',
      status: 'enabled',
      statusUpdateTime: '0001-01-01T00:00:00Z',
      connectionState: 'Connected',
      lastActivityTime: '2026-01-03T00:00:00.000Z',
      cloudToDeviceMessageCount: 0,
      authenticationType: 'sas',
      x509Thumbprint: { PrimaryThumbprint: null, SecondaryThumbprint: null },
      version: 3,
      tags: { floor: 3 },
      properties: {
        desired: { a: 1, $metadata: { ...desiredStamp, a: desiredStamp }, $version: 2 },
        reported: { r: 1, $metadata: { ...reportedStamp, r: reportedStamp }, $version: 2 },
      },
      capabilities: { iotEdge: false },
    });
  });

  it('shows a status reason only where there is one', () => {
    const document = serviceTwinDocument(deviceWith({ status: 'disabled', statusReason: 'stolen' }), twinWith({}));

    expect(document).toMatchObject({ status: 'disabled', statusReason: 'stolen' });
    expect(serviceTwinDocument(deviceWith({ statusReason: null }), twinWith({}))).not.toHaveProperty('statusReason');
  });
});

describe('deviceTwinDocument', () => {
  it('shows properties and versions alone', () => {
    expect(deviceTwinDocument(twinWith({ tags: { floor: 3 }, desired: { a: 1 } }))).toEqual({
      desired: { a: 1, $version: 2 },
      reported: { $version: 1 },
    });
  });
});
