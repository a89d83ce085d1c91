// The one connection of a device: takeover, direct methods in flight, and what the store is told.
import { expect, test } from 'vitest';
import type { PolicySpec } from '../../../src/domain/access/policy-write.ts';
import { HubError } from '../../../src/domain/errors.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import type { DirectMethodCall } from '../../../src/domain/method/direct-method.ts';
import type { Device } from '../../../src/domain/identity/device.ts';
import type { Hub } from '../../../src/hub/hub.ts';
import type { DeviceStore } from '../../../src/ports/device-store.ts';
import { openEphemeralStore } from '../../../src/stores/sqlite/open-ephemeral-store.ts';
import { openHub, type OpenHub, principalOf, RecordingLink } from '../../support/open-hub.ts';
import { SOMEONE } from '../../support/actors.ts';
import { sasToken } from '../../support/test-hub.ts';
import { sas, sasKeys } from '../../support/identities.ts';
import { turn } from '../../support/turn.ts';

test('A connected device shows as connected, and as disconnected when its connection has ended.', async () => {
  await using open = await openHub();
  const device = await open.createDevice('lamp');

  const connection = await open.hub.connections.connect(principalOf(device), new RecordingLink());
  const during = await open.hub.devices.get('lamp');
  open.clock.advance(5000);
  await connection.end();
  const after = await open.hub.devices.get('lamp');

  expect(during).toMatchObject({ connectionState: 'Connected', connectionStateUpdatedTime: '2026-01-01T00:00:00.000Z' });
  expect(after).toMatchObject({ connectionState: 'Disconnected', connectionStateUpdatedTime: '2026-01-01T00:00:05.000Z' });
  expect(after.etag).toBe(device.etag);
  expect(open.hub.connections.count).toBe(0);
});

test('A connected module is no connected device.', async () => {
  await using open = await openHub();
  const device = await open.createDevice('house');
  const module = await open.createModule({ deviceId: 'house', moduleId: 'door' });
  await open.hub.connections.connect(principalOf(device), new RecordingLink());

  await open.hub.connections.connect(principalOf(device, module), new RecordingLink());

  expect(open.hub.connections.count).toBe(1);
  expect((await open.hub.devices.count()).connected).toBe(1);
});

test('A newer connection closes the older one, whose end leaves the device connected.', async () => {
  await using open = await openHub();
  const principal = principalOf(await open.createDevice('lamp'));
  const olderLink = new RecordingLink();
  const newerLink = new RecordingLink();
  const older = await open.hub.connections.connect(principal, olderLink);

  await open.hub.connections.connect(principal, newerLink);
  await older.end();

  expect(olderLink.closed).toEqual(['takenOver']);
  expect(newerLink.closed).toEqual([]);
  expect(await open.hub.devices.get('lamp')).toMatchObject({ connectionState: 'Connected' });
});

test('A device that was changed between its sign-in and its connection is refused.', async () => {
  await using open = await openHub();
  const principal = principalOf(await open.createDevice('lamp'));
  const device = await open.hub.devices.get('lamp');
  await open.hub.devices.put(
    { deviceId: 'lamp', status: 'disabled', statusReason: null, authentication: sas(sasKeys(device)) },
    { kind: 'any' },
    SOMEONE,
  );

  const connecting = open.hub.connections.connect(principal, new RecordingLink());

  await expect(connecting).rejects.toMatchObject({ code: 'IotHubUnauthorizedAccess' });
  expect(open.hub.connections.count).toBe(0);
  expect(await open.hub.devices.get('lamp')).toMatchObject({ connectionState: 'Disconnected' });
});

test('The first connection is recorded at once, and those that follow it closely together.', async () => {
  const stores = await openEphemeralStore({});
  const recorded: string[][] = [];
  const recordConnections: DeviceStore['recordConnections'] = (events) => {
    recorded.push(events.map(({ deviceId }) => deviceId));
    return stores.devices.recordConnections(events);
  };
  const gathered = Promise.withResolvers<void>();
  await using open = await openHub({
    stores: { ...stores, devices: { ...stores.devices, recordConnections } },
    pause: () => gathered.promise,
  });
  const [one, two, three] = await Promise.all([open.createDevice('one'), open.createDevice('two'), open.createDevice('three')]);
  const connect = (device: Device): Promise<unknown> => open.hub.connections.connect(principalOf(device), new RecordingLink());

  await connect(one);
  const following = [connect(two)];
  await turn();
  following.push(connect(three));
  await turn();
  const before = structuredClone(recorded);
  gathered.resolve();
  await Promise.all(following);

  expect(before).toEqual([['one']]);
  expect(recorded).toEqual([['one'], ['two', 'three']]);
});

test.each([
  ['disabled', { status: 'disabled' as const, keepKeys: true }],
  ['given other keys', { status: 'enabled' as const, keepKeys: false }],
])('A connected device that is %s is disconnected.', async (_how, { status, keepKeys }) => {
  await using open = await openHub();
  const device = await open.createDevice('lamp');
  const link = new RecordingLink();
  await open.hub.connections.connect(principalOf(device), link);

  await open.hub.devices.put(
    { deviceId: 'lamp', status, statusReason: null, authentication: keepKeys ? device.authentication : undefined },
    { kind: 'any' },
    SOMEONE,
  );

  await expect.poll(() => link.closed).toEqual(['signInChanged']);
});

test('A connected device that is deleted is disconnected; one whose statusReason changes is not.', async () => {
  await using open = await openHub();
  const device = await open.createDevice('lamp');
  const link = new RecordingLink();
  await open.hub.connections.connect(principalOf(device), link);

  await open.hub.devices.put(
    { deviceId: 'lamp', status: 'enabled', statusReason: 'repaired', authentication: sas(sasKeys(device)) },
    { kind: 'any' },
    SOMEONE,
  );
  const closedAfterUpdate = [...link.closed];
  await open.hub.devices.delete('lamp', { kind: 'any' }, SOMEONE);

  expect(closedAfterUpdate).toEqual([]);
  await expect.poll(() => link.closed).toEqual(['signInChanged']);
});

/** A device that is connected by a token of a policy. */
async function connectSigned(open: OpenHub, key: 'primaryKey' | 'secondaryKey'): Promise<RecordingLink> {
  const link = new RecordingLink();
  const signedBy = { policyName: GATEWAY.name, key: open.hub.policies.get(GATEWAY.name).keys[key] };
  await open.hub.connections.connect({ ...principalOf(await open.createDevice(`with-${key}`)), signedBy }, link);
  return link;
}

const GATEWAY: PolicySpec = { name: 'gateway', permissions: ['RegistryRead', 'DeviceConnect'], keys: undefined };

const PRIMARY = 'the primary key';
const SECONDARY = 'the secondary key';

test.each<readonly [string, readonly string[], (hub: Hub) => Promise<unknown>]>([
  ['rotation of the primary key', [PRIMARY], (hub) => hub.policies.rotate('gateway', 'primary', SOMEONE)],
  ['rotation of the secondary key', [SECONDARY], (hub) => hub.policies.rotate('gateway', 'secondary', SOMEONE)],
  ['rotation of both keys', [PRIMARY, SECONDARY], (hub) => hub.policies.rotate('gateway', 'both', SOMEONE)],
  ['swap of the keys', [], (hub) => hub.policies.rotate('gateway', 'swap', SOMEONE)],
  ['rotation of another policy', [], (hub) => hub.policies.rotate('device', 'both', SOMEONE)],
  ['delete of the policy', [PRIMARY, SECONDARY], (hub) => hub.policies.delete('gateway', SOMEONE)],
  [
    'loss of DeviceConnect',
    [PRIMARY, SECONDARY],
    (hub) => hub.policies.put({ ...GATEWAY, permissions: ['RegistryRead'] }, { kind: 'any' }, SOMEONE),
  ],
  ['loss of another permission', [], (hub) => hub.policies.put({ ...GATEWAY, permissions: ['DeviceConnect'] }, { kind: 'any' }, SOMEONE)],
])('After the %s devices that signed in with %j are disconnected, when it is acknowledged.', async (_what, cutOff, change) => {
  await using open = await openHub();
  await open.hub.policies.put(GATEWAY, { kind: 'none' }, SOMEONE);
  const links = { [PRIMARY]: await connectSigned(open, 'primaryKey'), [SECONDARY]: await connectSigned(open, 'secondaryKey') };
  const own = new RecordingLink();
  await open.hub.connections.connect(principalOf(await open.createDevice('with-its-own-key')), own);

  await change(open.hub);

  const closed = Object.entries(links).filter(([, link]) => link.closed.includes('signInChanged'));
  expect(closed.map(([key]) => key)).toEqual(cutOff);
  expect(own.closed).toEqual([]);
});

test('A device whose policy key was rotated between its sign-in and its connection is refused.', async () => {
  await using open = await openHub();
  const { keys } = await open.hub.policies.put(GATEWAY, { kind: 'none' }, SOMEONE);
  await open.createDevice('lamp');
  const text = sasToken({ key: keys.primaryKey, resource: 'localhost', policyName: 'gateway' });
  const principal = await open.hub.access.authenticateDevice({ deviceId: 'lamp' }, text);
  await open.hub.policies.rotate('gateway', 'primary', SOMEONE);

  const connecting = open.hub.connections.connect(principal, new RecordingLink());

  await expect(connecting).rejects.toMatchObject({ code: 'IotHubUnauthorizedAccess' });
  expect(open.hub.connections.count).toBe(0);
  expect(await open.hub.devices.get('lamp')).toMatchObject({ connectionState: 'Disconnected' });
});

test('A device that connects while its policy key is rotated is refused or disconnected, whoever comes first.', async () => {
  await using open = await openHub();
  await open.hub.policies.put(GATEWAY, { kind: 'none' }, SOMEONE);
  const device = await open.createDevice('lamp');
  for (let round = 0; round < 20; round += 1) {
    const link = new RecordingLink();
    const signedBy = { policyName: 'gateway', key: open.hub.policies.get('gateway').keys.primaryKey };

    const rotating = open.hub.policies.rotate('gateway', 'primary', SOMEONE);
    const [connecting] = await Promise.allSettled([open.hub.connections.connect({ ...principalOf(device), signedBy }, link), rotating]);

    expect(connecting.status === 'rejected' || link.closed.length > 0).toBe(true);
  }
});

test('The answer of the device is the answer of the call; a second one, and one nobody waits for, are ignored.', async () => {
  await using open = await openHub();
  const link = new RecordingLink();
  const connection = await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);
  const sent = link.nextMethod();

  const calling = open.hub.methods.invoke({ deviceId: 'lamp' }, call({ methodName: 'blink', payload: { times: 3 } }));
  const request = await sent;
  connection.answerMethod('not-a-request', { kind: 'done', value: { status: 1, payload: null } });
  connection.answerMethod(request.requestId, { kind: 'done', value: { status: 404, payload: 'no such lamp' } });
  connection.answerMethod(request.requestId, { kind: 'done', value: { status: 2, payload: null } });

  expect(await calling).toEqual({ status: 404, payload: 'no such lamp' });
  expect(request).toMatchObject({ methodName: 'blink', payload: { times: 3 } });
  expect(request.requestId).toMatch(/^[0-9a-f]+$/);
});

test('A call ends with GatewayTimeout at its response timeout, not a millisecond before.', async () => {
  await using open = await openHub();
  const link = new RecordingLink();
  await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);
  const sent = link.nextMethod();
  let outcome = 'waiting';

  const calling = open.hub.methods.invoke({ deviceId: 'lamp' }, call({ responseTimeoutSeconds: 30 }));
  calling.catch((error: unknown) => (outcome = String(error)));
  await sent;
  open.clock.advance(29_999);
  await Promise.resolve();
  const before = outcome;
  open.clock.advance(1);

  await expect(calling).rejects.toMatchObject({ code: 'GatewayTimeout' });
  expect(before).toBe('waiting');
});

test('A call whose device disconnects fails at once with DeviceNotOnline.', async () => {
  await using open = await openHub();
  const timersBefore = open.clock.pendingTimers;
  const link = new RecordingLink();
  const connection = await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);
  const sent = link.nextMethod();

  const calling = open.hub.methods.invoke({ deviceId: 'lamp' }, call({}));
  await sent;
  await Promise.all([connection.end(), expect(calling).rejects.toMatchObject({ code: 'DeviceNotOnline' })]);

  expect(open.clock.pendingTimers).toBe(timersBefore);
});

test('One call more than may wait for a device is refused, and an answer makes room again.', async () => {
  await using open = await openHub();
  const link = new RecordingLink();
  const connection = await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);
  const limit = LIMITS.methodsInFlightPerDevice.value;
  const calls = Array.from({ length: limit }, () => open.hub.methods.invoke({ deviceId: 'lamp' }, call({})));
  await expect.poll(() => link.methods.length).toBe(limit);

  const oneMore = open.hub.methods.invoke({ deviceId: 'lamp' }, call({}));
  await expect(oneMore).rejects.toMatchObject({ code: 'DeviceMaximumInflightMethodExceeded' });
  for (const { requestId } of link.methods) {
    connection.answerMethod(requestId, { kind: 'done', value: { status: 200, payload: null } });
  }
  await Promise.all(calls);
  const sent = link.nextMethod();
  const later = open.hub.methods.invoke({ deviceId: 'lamp' }, call({}));
  connection.answerMethod((await sent).requestId, { kind: 'done', value: { status: 201, payload: null } });

  expect(await later).toEqual({ status: 201, payload: null });
});

test('Activity of a connected device reaches the store with the next housekeeping.', async () => {
  await using open = await openHub();
  const connection = await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), new RecordingLink());

  open.clock.advance(LIMITS.housekeepingSeconds.value * 1000 - 1);
  connection.active();
  open.clock.advance(1);

  await expect.poll(async () => (await open.hub.devices.get('lamp')).lastActivityTime).toBe('2026-01-01T00:00:29.999Z');
});

test('Activity shortly before the end of a connection is not lost.', async () => {
  await using open = await openHub();
  const connection = await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), new RecordingLink());

  open.clock.advance(3000);
  connection.active();
  open.clock.advance(2000);
  await connection.end();

  expect(await open.hub.devices.get('lamp')).toMatchObject({
    lastActivityTime: '2026-01-01T00:00:03.000Z',
    connectionStateUpdatedTime: '2026-01-01T00:00:05.000Z',
  });
});

test('The end of a connection that the store does not take shows when the store is back.', async () => {
  const stores = await openEphemeralStore({});
  let isAway = false;
  const recordConnections: DeviceStore['recordConnections'] = (events) =>
    isAway ? Promise.reject(new HubError('ServiceUnavailable', 'The store is away.')) : stores.devices.recordConnections(events);
  await using open = await openHub({ stores: { ...stores, devices: { ...stores.devices, recordConnections } } });
  const connection = await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), new RecordingLink());

  isAway = true;
  open.clock.advance(2000);
  await expect(connection.end()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  await expect(open.hub.connections.saveActivity()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  isAway = false;
  open.clock.advance(LIMITS.housekeepingSeconds.value * 1000);

  await expect
    .poll(() => open.hub.devices.get('lamp'))
    .toMatchObject({
      connectionState: 'Disconnected',
      connectionStateUpdatedTime: '2026-01-01T00:00:02.000Z',
    });
});

test('A hub that stops tells its devices and marks them disconnected.', async () => {
  const open = await openHub();
  const link = new RecordingLink();
  await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);

  await open.hub.stop();
  const device = await open.stores.devices.readDevice('lamp');
  await open.stores.close();

  expect(link.closed).toEqual(['hubStopping']);
  expect(device).toMatchObject({ connectionState: 'Disconnected' });
});

function call(given: Partial<DirectMethodCall>): DirectMethodCall {
  return { methodName: 'blink', payload: null, responseTimeoutSeconds: 30, connectTimeoutSeconds: 0, ...given };
}
