// Addresses of devices and modules.
import { expect, test } from 'vitest';
import { addressOf, deviceIdOf, isModuleAddress } from '../../../../src/domain/identity/identity-id.ts';

test.each([
  [{ deviceId: 'lamp' }, 'lamp', false],
  [{ deviceId: 'lamp', moduleId: undefined }, 'lamp', false],
  [{ deviceId: 'lamp', moduleId: 'bulb' }, 'lamp/bulb', true],
  [{ deviceId: 'a%2Fb', moduleId: '$edgeHub' }, 'a%2Fb/$edgeHub', true],
])('%j has the address %s.', (id, address, isModule) => {
  expect(addressOf(id)).toBe(address);
  expect(isModuleAddress(address)).toBe(isModule);
  expect(deviceIdOf(address)).toBe(id.deviceId);
});
