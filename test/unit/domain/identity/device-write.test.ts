// Conditional writes of identities.
import { describe, expect, it } from 'vitest';
import {
  applyDeviceWrite,
  type DeviceSpec,
  type DeviceWrite,
  type DeviceWriteEffect,
} from '../../../../src/domain/identity/device-write.ts';
import type { Device, DeviceStatus } from '../../../../src/domain/identity/device.ts';
import type { Precondition } from '../../../../src/domain/precondition.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { refusalOf } from '../refusal.ts';
import { deviceWith, LONGEST_KEY, SHORTEST_KEY } from './device-builder.ts';
import { sas, sasKeys } from '../../../support/identities.ts';

const AT = '2026-01-02T00:00:00.000Z';
const MINTED = {
  generationId: 'g-minted',
  keys: { primaryKey: 'bWludGVkLXByaW1hcnk=', secondaryKey: 'bWludGVkLXNlY29uZGFyeQ==' },
  firstEtagCounter: 41,
};
const ANY: Precondition = { kind: 'any' };

/** Among no other devices. */
function apply(current: Device | undefined, write: DeviceWrite): DeviceWriteEffect {
  return applyDeviceWrite(current, write, () => undefined);
}

function putOf(spec: Partial<DeviceSpec>, precondition: Precondition = { kind: 'none' }): DeviceWrite {
  const whole: DeviceSpec = { deviceId: 'device', status: 'enabled', statusReason: null, authentication: undefined, ...spec };
  return { kind: 'put', spec: whole, precondition, minted: MINTED, at: AT, by: SOMEONE };
}

function deleteOf(precondition: Precondition): DeviceWrite {
  return { kind: 'delete', deviceId: 'device', precondition, at: AT, by: SOMEONE };
}

const SAME_KEYS = sasKeys(deviceWith({}));

describe('a put without If-Match', () => {
  it('creates a device with minted keys', () => {
    const effect = apply(undefined, putOf({ statusReason: 'new' }));

    const device = deviceWith({ generationId: 'g-minted', etag: btoa('41'), statusReason: 'new', authentication: sas(MINTED.keys) });
    expect(effect).toEqual({ kind: 'created', device });
  });

  it('creates a device with the keys it is given', () => {
    const { device } = apply(undefined, putOf({ authentication: sas(SAME_KEYS) }));

    expect(sasKeys(device)).toEqual({ primaryKey: SHORTEST_KEY, secondaryKey: LONGEST_KEY });
  });

  it('never updates', () => {
    const refusal = refusalOf(() => apply(deviceWith({}), putOf({})));

    expect(refusal).toMatchObject({ code: 'DeviceAlreadyExists', message: "A device with ID 'device' is already registered." });
  });
});

describe('a put with If-Match', () => {
  it('never creates', () => {
    expect(refusalOf(() => apply(undefined, putOf({}, ANY))).code).toBe('DeviceNotFound');
  });

  it('updates while the etag is the current one', () => {
    const current = deviceWith({ etag: btoa('9') });

    const effect = apply(current, putOf({ authentication: sas(SAME_KEYS) }, { kind: 'match', etag: btoa('9') }));

    expect(effect).toEqual({ kind: 'updated', device: { ...current, etag: btoa('10') }, signInChanged: false });
    expect(refusalOf(() => apply(effect.device, putOf({}, { kind: 'match', etag: btoa('9') }))).code).toBe('PreconditionFailed');
  });

  it('keeps connection and generation and dates a change of status', () => {
    const current = deviceWith({ connectionState: 'Connected', connectionStateUpdatedTime: AT, lastActivityTime: AT, statusReason: 'old' });

    const { device } = apply(current, putOf({ status: 'disabled', authentication: sas(SAME_KEYS) }, ANY));

    expect(device).toEqual({ ...current, etag: btoa('2'), status: 'disabled', statusReason: null, statusUpdatedTime: AT });
  });

  it('mints new keys when it names none', () => {
    const effect = apply(deviceWith({}), putOf({}, ANY));

    expect(effect).toMatchObject({ device: { authentication: sas(MINTED.keys) }, signInChanged: true });
  });

  const signIns: Record<string, { status: DeviceStatus; spec: Partial<DeviceSpec>; signInChanged: boolean }> = {
    'by disabling ends connections': {
      status: 'enabled',
      spec: { status: 'disabled', authentication: sas(SAME_KEYS) },
      signInChanged: true,
    },
    'by enabling ends none': { status: 'disabled', spec: { status: 'enabled', authentication: sas(SAME_KEYS) }, signInChanged: false },
    'of a device that stays disabled ends none': {
      status: 'disabled',
      spec: { status: 'disabled', authentication: sas(SAME_KEYS) },
      signInChanged: false,
    },
    'of the primary key ends connections': {
      status: 'enabled',
      spec: { authentication: sas({ ...SAME_KEYS, primaryKey: LONGEST_KEY }) },
      signInChanged: true,
    },
    'of the secondary key ends connections': {
      status: 'enabled',
      spec: { authentication: sas({ ...SAME_KEYS, secondaryKey: SHORTEST_KEY }) },
      signInChanged: true,
    },
    'of the reason ends none': { status: 'enabled', spec: { statusReason: 'x', authentication: sas(SAME_KEYS) }, signInChanged: false },
  };
  it.each(Object.entries(signIns))('%s', (_title, { status, spec, signInChanged }) => {
    expect(apply(deviceWith({ status }), putOf(spec, ANY))).toMatchObject({ kind: 'updated', signInChanged });
  });
});

describe('a delete', () => {
  it('wants If-Match', () => {
    const refusal = refusalOf(() => apply(deviceWith({}), deleteOf({ kind: 'none' })));

    expect(refusal.code).toBe('PreconditionFailed');
    expect(refusal.message).toContain('Etag missing');
  });

  it('removes the device for * or its etag', () => {
    const device = deviceWith({ etag: 'MQ==' });

    expect(apply(device, deleteOf(ANY))).toEqual({ kind: 'deleted', device });
    expect(apply(device, deleteOf({ kind: 'match', etag: 'MQ==' }))).toEqual({ kind: 'deleted', device });
  });

  it('is refused for another etag', () => {
    expect(refusalOf(() => apply(deviceWith({}), deleteOf({ kind: 'match', etag: 'Mg==' }))).code).toBe('PreconditionFailed');
  });

  it('of a device that is not registered is refused', () => {
    expect(refusalOf(() => apply(undefined, deleteOf(ANY))).code).toBe('DeviceNotFound');
  });
});
