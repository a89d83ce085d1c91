// Who may come in: tokens of back ends and devices against policies, keys, hosts and time.
import { expect, test } from 'vitest';
import type { SymmetricKeys } from '../../../src/domain/identity/device.ts';
import { openHub, type OpenHub } from '../../support/open-hub.ts';
import { sasToken, type TokenParts } from '../../support/test-hub.ts';
import { SOMEONE } from '../../support/actors.ts';

const READ = [['RegistryRead']] as const;

test.each(['primaryKey', 'secondaryKey'] as const)(
  'A token signed with the %s of a policy is good for what the policy allows.',
  async (which) => {
    await using open = await openHub();
    const key = policyKeys(open, 'registryRead')[which];

    const policy = open.hub.access.authorizeService(token({ key, policyName: 'registryRead' }), '/devices/lamp', READ);

    expect(policy.name).toBe('registryRead');
  },
);

test('A token that lacks a needed permission, a key, a policy or a resource is refused as IotHubUnauthorizedAccess.', async () => {
  await using open = await openHub();
  const key = policyKeys(open, 'service').primaryKey;
  const refusedTokens = [
    token({ key, policyName: 'service' }),
    token({ key: policyKeys(open, 'device').primaryKey, policyName: 'registryRead' }),
    token({ key, policyName: 'nobody' }),
    token({ key: policyKeys(open, 'registryRead').primaryKey, policyName: 'registryRead', resource: 'elsewhere.example.com' }),
    token({ key: policyKeys(open, 'registryRead').primaryKey, policyName: 'registryRead', resource: 'localhost/devices/lam' }),
    'SharedAccessSignature nonsense',
    'Bearer abc',
  ];

  for (const text of refusedTokens) {
    expect(() => open.hub.access.authorizeService(text, '/devices/lamp', READ)).toThrow(
      expect.objectContaining({ code: 'IotHubUnauthorizedAccess' }),
    );
  }
  expect(() => open.hub.access.authorizeService(undefined, '/devices/lamp', READ)).toThrow(
    expect.objectContaining({ code: 'GenericUnauthorized' }),
  );
});

test('A token is good until its last millisecond.', async () => {
  await using open = await openHub();
  const key = policyKeys(open, 'registryRead').primaryKey;
  const text = token({ key, policyName: 'registryRead', expirySeconds: open.clock.nowMs() / 1000 + 1 });

  open.clock.advance(999);
  expect(open.hub.access.authorizeService(text, '/devices', READ).name).toBe('registryRead');
  open.clock.advance(1);

  expect(() => open.hub.access.authorizeService(text, '/devices', READ)).toThrow('expired');
});

test('A device signs in with either of its keys, on any of the hub names.', async () => {
  await using open = await openHub();
  const { keys, etag } = await open.createDevice('lamp');
  const expirySeconds = open.clock.nowMs() / 1000 + 60;

  const one = await open.hub.access.authenticateDevice(
    'lamp',
    token({ key: keys.primaryKey, resource: 'localhost%2Fdevices%2Flamp', expirySeconds }),
  );
  const other = await open.hub.access.authenticateDevice(
    'lamp',
    token({ key: keys.secondaryKey, resource: 'HUB.example.com%2fdevices%2flamp' }),
  );

  expect(one).toEqual({ deviceId: 'lamp', etag, expiresAtMs: expirySeconds * 1000 });
  expect(other.deviceId).toBe('lamp');
});

test('A policy with DeviceConnect signs for any device, another policy for none.', async () => {
  await using open = await openHub();
  await open.createDevice('lamp');
  const forDevices = token({ key: policyKeys(open, 'device').primaryKey, policyName: 'device', resource: 'localhost/devices' });
  const forServices = token({ key: policyKeys(open, 'service').primaryKey, policyName: 'service', resource: 'localhost' });

  expect(await open.hub.access.authenticateDevice('lamp', forDevices)).toMatchObject({ deviceId: 'lamp' });
  await expect(open.hub.access.authenticateDevice('lamp', forServices)).rejects.toMatchObject({ code: 'IotHubUnauthorizedAccess' });
});

test('An unknown device, a disabled one, one with another key and one with the token of another are refused alike.', async () => {
  await using open = await openHub();
  const lamp = await open.createDevice('lamp');
  const door = await open.createDevice('door');
  await open.hub.devices.put({ deviceId: 'door', status: 'disabled', statusReason: null, keys: door.keys }, { kind: 'any' }, SOMEONE);
  const attempts: readonly (readonly [deviceId: string, text: string])[] = [
    ['ghost', token({ key: lamp.keys.primaryKey, resource: 'localhost/devices/ghost' })],
    ['door', token({ key: door.keys.primaryKey, resource: 'localhost/devices/door' })],
    ['lamp', token({ key: door.keys.primaryKey, resource: 'localhost/devices/lamp' })],
    ['lamp', token({ key: door.keys.primaryKey, resource: 'localhost/devices/door' })],
  ];

  for (const [deviceId, text] of attempts) {
    await expect(open.hub.access.authenticateDevice(deviceId, text)).rejects.toMatchObject({ code: 'IotHubUnauthorizedAccess' });
  }
});

/** A token of a policy is for the whole hub unless the test says otherwise. */
function token(parts: Omit<TokenParts, 'resource'> & { resource?: string }): string {
  return sasToken({ resource: 'localhost', ...parts });
}

function policyKeys(open: OpenHub, name: string): SymmetricKeys {
  const policy = open.hub.policies.find((candidate) => candidate.name === name);
  if (!policy) throw new Error(`no policy ${name}`);
  return policy.keys;
}
