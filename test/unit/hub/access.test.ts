// Who may come in: tokens of back ends and devices against policies, keys, hosts and time.
import { expect, test } from 'vitest';
import type { PolicySpec } from '../../../src/domain/access/policy-write.ts';
import type { DeviceSpec } from '../../../src/domain/identity/device-write.ts';
import type { Device } from '../../../src/domain/identity/device.ts';
import type { SymmetricKeys } from '../../../src/domain/identity/symmetric-key.ts';
import type { Hub } from '../../../src/hub/hub.ts';
import { openHub, type OpenHub } from '../../support/open-hub.ts';
import { keysOf } from '../../support/store-builders.ts';
import { sasToken, type TokenParts } from '../../support/test-hub.ts';
import { SOMEONE } from '../../support/actors.ts';
import { sas, sasKeys } from '../../support/identities.ts';

test.each(['primaryKey', 'secondaryKey'] as const)('A token signed with the %s of a policy is that of the policy.', async (which) => {
  await using open = await openHub();
  const key = policyKeys(open, 'registryRead')[which];

  const policy = open.hub.access.authenticateService(token({ key, policyName: 'registryRead' }), '/devices/lamp');

  expect(policy.name).toBe('registryRead');
});

test('A token that lacks a key, a policy or a resource is refused as IotHubUnauthorizedAccess, none at all as GenericUnauthorized.', async () => {
  await using open = await openHub();
  const key = policyKeys(open, 'service').primaryKey;
  const refusedTokens = [
    token({ key: policyKeys(open, 'device').primaryKey, policyName: 'registryRead' }),
    token({ key, policyName: 'nobody' }),
    token({ key: policyKeys(open, 'registryRead').primaryKey, policyName: 'registryRead', resource: 'elsewhere.example.com' }),
    token({ key: policyKeys(open, 'registryRead').primaryKey, policyName: 'registryRead', resource: 'localhost/devices/lam' }),
    'SharedAccessSignature nonsense',
    'Bearer abc',
  ];

  for (const text of refusedTokens) {
    expect(() => open.hub.access.authenticateService(text, '/devices/lamp')).toThrow(
      expect.objectContaining({ code: 'IotHubUnauthorizedAccess' }),
    );
  }
  expect(() => open.hub.access.authenticateService(undefined, '/devices/lamp')).toThrow(
    expect.objectContaining({ code: 'GenericUnauthorized' }),
  );
});

test('A token is good until its last millisecond.', async () => {
  await using open = await openHub();
  const key = policyKeys(open, 'registryRead').primaryKey;
  const text = token({ key, policyName: 'registryRead', expirySeconds: open.clock.nowMs() / 1000 + 1 });

  open.clock.advance(999);
  expect(open.hub.access.authenticateService(text, '/devices').name).toBe('registryRead');
  open.clock.advance(1);

  expect(() => open.hub.access.authenticateService(text, '/devices')).toThrow('expired');
});

test('A device signs in with either of its keys, on any of the hub names.', async () => {
  await using open = await openHub();
  const device = await open.createDevice('lamp');
  const keys = sasKeys(device);
  const expirySeconds = open.clock.nowMs() / 1000 + 60;

  const one = await open.hub.access.authenticateDevice(
    { deviceId: 'lamp' },
    token({ key: keys.primaryKey, resource: 'localhost%2Fdevices%2Flamp', expirySeconds }),
  );
  const other = await open.hub.access.authenticateDevice(
    { deviceId: 'lamp' },
    token({ key: keys.secondaryKey, resource: 'HUB.example.com%2fdevices%2flamp' }),
  );

  expect(one).toEqual({ deviceId: 'lamp', etag: device.etag, expiresAtMs: expirySeconds * 1000, signedBy: undefined });
  expect(other.deviceId).toBe('lamp');
});

test('A policy with DeviceConnect signs for any device, another policy for none.', async () => {
  await using open = await openHub();
  await open.createDevice('lamp');
  const forDevices = token({ key: policyKeys(open, 'device').primaryKey, policyName: 'device', resource: 'localhost/devices' });
  const forServices = token({ key: policyKeys(open, 'service').primaryKey, policyName: 'service', resource: 'localhost' });

  expect(await open.hub.access.authenticateDevice({ deviceId: 'lamp' }, forDevices)).toMatchObject({ deviceId: 'lamp' });
  await expect(open.hub.access.authenticateDevice({ deviceId: 'lamp' }, forServices)).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
  });
});

test('An unknown device, a disabled one, one with another key and one with the token of another are refused alike.', async () => {
  await using open = await openHub();
  const lamp = await open.createDevice('lamp');
  const door = await open.createDevice('door');
  await open.hub.devices.put(
    { deviceId: 'door', status: 'disabled', statusReason: null, authentication: sas(sasKeys(door)) },
    { kind: 'any' },
    SOMEONE,
  );
  const attempts: readonly (readonly [deviceId: string, text: string])[] = [
    ['ghost', token({ key: sasKeys(lamp).primaryKey, resource: 'localhost/devices/ghost' })],
    ['door', token({ key: sasKeys(door).primaryKey, resource: 'localhost/devices/door' })],
    ['lamp', token({ key: sasKeys(door).primaryKey, resource: 'localhost/devices/lamp' })],
    ['lamp', token({ key: sasKeys(door).primaryKey, resource: 'localhost/devices/door' })],
  ];

  const refusals = await Promise.all(
    attempts.map(([deviceId, text]) => open.hub.access.authenticateDevice({ deviceId }, text).catch((error: unknown) => error)),
  );
  const message = 'Authentication failed for this device, renew token or certificate and reconnect.';
  expect(refusals).toEqual(attempts.map(() => expect.objectContaining({ code: 'IotHubUnauthorizedAccess', message })));
});

test('A device that a policy signed for is known by the policy and the key, so that either can be checked later.', async () => {
  await using open = await openHub();
  await open.createDevice('lamp');
  const { secondaryKey } = policyKeys(open, 'device');

  const principal = await open.hub.access.authenticateDevice({ deviceId: 'lamp' }, token({ key: secondaryKey, policyName: 'device' }));

  expect(principal.signedBy).toEqual({ policyName: 'device', key: secondaryKey });
});

test.each<readonly [string, (hub: Hub) => Promise<unknown>]>([
  ['its key is rotated', (hub) => hub.policies.rotate('own', 'primary', SOMEONE)],
  ['both keys are rotated', (hub) => hub.policies.rotate('own', 'both', SOMEONE)],
  ['other keys are given', (hub) => hub.policies.put({ ...OWN, keys: keysOf('x') }, { kind: 'any' }, SOMEONE)],
  ['the policy is deleted', (hub) => hub.policies.delete('own', SOMEONE)],
])('A token of a back end that was good a moment before is refused as soon as %s.', async (_when, change) => {
  await using open = await openHub();
  const { keys } = await open.hub.policies.put(OWN, { kind: 'none' }, SOMEONE);
  const text = token({ key: keys.primaryKey, policyName: 'own' });
  open.hub.access.authenticateService(text, '/devices');
  const before = open.hub.access.authenticateService(text, '/devices').name;

  await change(open.hub);

  expect(before).toBe('own');
  expect(() => open.hub.access.authenticateService(text, '/devices')).toThrow(
    expect.objectContaining({ code: 'IotHubUnauthorizedAccess' }),
  );
});

test('A token stays good while its key does: when the other key is rotated, the keys are swapped, or permissions change.', async () => {
  await using open = await openHub();
  const { keys } = await open.hub.policies.put(OWN, { kind: 'none' }, SOMEONE);
  const text = token({ key: keys.primaryKey, policyName: 'own' });
  open.hub.access.authenticateService(text, '/devices');

  await open.hub.policies.rotate('own', 'secondary', SOMEONE);
  await open.hub.policies.rotate('own', 'swap', SOMEONE);
  await open.hub.policies.put({ ...OWN, permissions: ['DeviceConnect'] }, { kind: 'any' }, SOMEONE);

  expect(open.hub.access.authenticateService(text, '/devices').permissions).toEqual(['DeviceConnect']);
});

test('A policy of the same name that is made again does not revive the tokens of the one before.', async () => {
  await using open = await openHub();
  const { keys } = await open.hub.policies.put(OWN, { kind: 'none' }, SOMEONE);
  const text = token({ key: keys.primaryKey, policyName: 'own' });
  open.hub.access.authenticateService(text, '/devices');

  await open.hub.policies.delete('own', SOMEONE);
  await open.hub.policies.put(OWN, { kind: 'none' }, SOMEONE);

  expect(() => open.hub.access.authenticateService(text, '/devices')).toThrow('signature');
});

test('A good token that was seen before is good for no other resource, and no longer than its time.', async () => {
  await using open = await openHub();
  const key = policyKeys(open, 'service').primaryKey;
  const expirySeconds = open.clock.nowMs() / 1000 + 60;
  const text = token({ key, policyName: 'service', resource: 'localhost/twins/lamp', expirySeconds });
  open.hub.access.authenticateService(text, '/twins/lamp');

  expect(() => open.hub.access.authenticateService(text, '/twins/door')).toThrow('another resource');
  open.clock.advance(60_000);
  expect(() => open.hub.access.authenticateService(text, '/twins/lamp')).toThrow('expired');
});

test('A token that was refused is looked at anew: it is good as soon as its policy is there.', async () => {
  await using open = await openHub();
  const keys = keysOf('o');
  const text = token({ key: keys.primaryKey, policyName: 'own' });
  expect(() => open.hub.access.authenticateService(text, '/devices')).toThrow('no shared access policy');

  await open.hub.policies.put({ ...OWN, keys }, { kind: 'none' }, SOMEONE);

  expect(open.hub.access.authenticateService(text, '/devices').name).toBe('own');
});

test.each<readonly [string, (hub: Hub, device: Device) => Promise<unknown>]>([
  [
    'its key is changed',
    (hub, device) => {
      const { secondaryKey } = sasKeys(device);
      return hub.devices.put({ ...LAMP, authentication: sas({ ...keysOf('x'), secondaryKey }) }, { kind: 'any' }, SOMEONE);
    },
  ],
  [
    'it is disabled',
    (hub, { authentication }) => hub.devices.put({ ...LAMP, status: 'disabled', authentication }, { kind: 'any' }, SOMEONE),
  ],
  ['it is deleted', (hub) => hub.devices.delete('lamp', { kind: 'any' }, SOMEONE)],
])('A token of a device that was good a moment before is refused as soon as %s.', async (_when, change) => {
  await using open = await openHub();
  const device = await open.createDevice('lamp');
  const text = token({ key: sasKeys(device).primaryKey, resource: 'localhost/devices/lamp' });
  await open.hub.access.authenticateDevice({ deviceId: 'lamp' }, text);

  await change(open.hub, device);

  await expect(open.hub.access.authenticateDevice({ deviceId: 'lamp' }, text)).rejects.toMatchObject({ code: 'IotHubUnauthorizedAccess' });
});

const OWN: PolicySpec = { name: 'own', permissions: ['RegistryRead'], keys: undefined };
const LAMP: DeviceSpec = { deviceId: 'lamp', status: 'enabled', statusReason: null, authentication: undefined };

/** A token of a policy is for the whole hub unless the test says otherwise. */
function token(parts: Omit<TokenParts, 'resource'> & { resource?: string }): string {
  return sasToken({ resource: 'localhost', ...parts });
}

function policyKeys(open: OpenHub, name: string): SymmetricKeys {
  const policy = open.hub.policies.find(name);
  if (!policy) throw new Error(`no policy ${name}`);
  return policy.keys;
}
