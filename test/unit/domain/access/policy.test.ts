// What policies allow.
import { describe, expect, it } from 'vitest';
import { checkPolicyAllows, DEFAULT_POLICIES, type Permission } from '../../../../src/domain/access/policy.ts';
import { refusalOf } from '../refusal.ts';

const policyOf = (...permissions: Permission[]) => ({ name: 'p', keys: { primaryKey: '', secondaryKey: '' }, permissions });

describe('checkPolicyAllows', () => {
  it.each([
    [['RegistryRead'], [['RegistryRead']]],
    [
      ['RegistryRead', 'RegistryWrite'],
      [['RegistryRead', 'RegistryWrite'], ['ServiceConnect']],
    ],
    [['ServiceConnect'], [['RegistryRead', 'RegistryWrite'], ['ServiceConnect']]],
    [[], [[]]],
  ] as [Permission[], Permission[][]][])('lets %j pass where one of %j is needed', (permissions, anyOf) => {
    expect(() => checkPolicyAllows(policyOf(...permissions), anyOf)).not.toThrow();
  });

  it.each([
    [['ServiceConnect'], [['RegistryRead']]],
    [['RegistryRead'], [['RegistryRead', 'RegistryWrite'], ['ServiceConnect']]],
    [['DeviceConnect'], []],
  ] as [Permission[], Permission[][]][])('refuses %j where one of %j is needed', (permissions, anyOf) => {
    expect(refusalOf(() => checkPolicyAllows(policyOf(...permissions), anyOf)).code).toBe('IotHubUnauthorizedAccess');
  });

  it('names the policy and what it lacks', () => {
    const refusal = refusalOf(() => checkPolicyAllows(policyOf('DeviceConnect'), [['RegistryRead', 'RegistryWrite'], ['ServiceConnect']]));

    expect(refusal.message).toBe("The policy 'p' does not allow this call, which needs RegistryRead and RegistryWrite, or ServiceConnect.");
  });
});

describe('the default policies', () => {
  it('give only the owner every permission', () => {
    const withAll = Object.entries(DEFAULT_POLICIES).filter(([, permissions]) => permissions.length === 4);

    expect(Object.keys(DEFAULT_POLICIES)).toHaveLength(5);
    expect(withAll.map(([name]) => name)).toEqual(['iothubowner']);
  });
});
