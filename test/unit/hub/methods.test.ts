// Direct methods when the device is away, comes, or never comes.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import type { DirectMethodCall } from '../../../src/domain/method/direct-method.ts';
import { openHub, principalOf, RecordingLink } from '../../support/open-hub.ts';

test('A call to an unknown device is DeviceNotFound, with and without a connect timeout.', async () => {
  await using open = await openHub();

  await expect(open.hub.methods.invoke({ deviceId: 'ghost' }, call(0))).rejects.toMatchObject({ code: 'DeviceNotFound' });
  await expect(open.hub.methods.invoke({ deviceId: 'ghost' }, call(10))).rejects.toMatchObject({ code: 'DeviceNotFound' });
});

test('A call to a device with a slash in its id reaches no module of that address.', async () => {
  await using open = await openHub();
  const device = await open.createDevice('house');
  const link = new RecordingLink();
  await open.hub.connections.connect(principalOf(device, await open.createModule({ deviceId: 'house', moduleId: 'door' })), link);

  const sent = link.nextMethod();
  const refusal = open.hub.methods.invoke({ deviceId: 'house/door' }, call(0)).catch((error: unknown) => error);

  expect(await Promise.race([sent, refusal])).toMatchObject({ code: 'DeviceNotFound' });
});

test('A call to an offline device is DeviceNotOnline at once.', async () => {
  await using open = await openHub();
  await open.createDevice('lamp');

  await expect(open.hub.methods.invoke({ deviceId: 'lamp' }, call(0))).rejects.toMatchObject({ code: 'DeviceNotOnline' });
});

test('A connected device that listens to no methods counts as offline.', async () => {
  await using open = await openHub();
  const link = new RecordingLink();
  link.listens = false;
  await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);

  await expect(open.hub.methods.invoke({ deviceId: 'lamp' }, call(0))).rejects.toMatchObject({ code: 'DeviceNotOnline' });
});

test('With a connect timeout a device that begins to listen in time is called once.', async () => {
  await using open = await openHub();
  const link = new RecordingLink();
  link.listens = false;
  const connection = await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);
  const calling = open.hub.methods.invoke({ deviceId: 'lamp' }, call(10));
  await open.hub.devices.get('lamp');

  link.listens = true;
  const sent = link.nextMethod();
  connection.listening();
  connection.answerMethod((await sent).requestId, { kind: 'done', value: { status: 200, payload: 'on' } });

  expect(await calling).toEqual({ status: 200, payload: 'on' });
  expect(link.methods).toHaveLength(1);
});

test('With a connect timeout a device that stays away is DeviceNotOnline when the time is over, not before.', async () => {
  await using open = await openHub();
  await open.createDevice('lamp');
  let outcome = 'waiting';
  const timersOfHub = open.clock.pendingTimers;
  const calling = open.hub.methods.invoke({ deviceId: 'lamp' }, call(10));
  calling.catch((error: unknown) => (outcome = String(error)));
  await expect.poll(() => open.clock.pendingTimers).toBe(timersOfHub + 1);

  open.clock.advance(9999);
  await open.hub.devices.get('lamp');
  const before = outcome;
  open.clock.advance(1);

  await expect(calling).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  expect(before).toBe('waiting');
});

test('One call more than may wait for a device is refused, and one that ends makes room again.', async () => {
  await using open = await openHub();
  await open.createDevice('lamp');
  const limit = LIMITS.methodsInFlightPerDevice.value;
  const timersOfHub = open.clock.pendingTimers;
  const waiting = Array.from({ length: limit }, (_, index) => open.hub.methods.invoke({ deviceId: 'lamp' }, call(index === 0 ? 5 : 300)));
  const outcomes = Promise.allSettled(waiting);

  await expect(open.hub.methods.invoke({ deviceId: 'lamp' }, call(10))).rejects.toMatchObject({
    code: 'DeviceMaximumInflightMethodExceeded',
  });
  await expect(open.hub.methods.invoke({ deviceId: 'ghost' }, call(10))).rejects.toMatchObject({ code: 'DeviceNotFound' });
  open.clock.advance(5000);
  await expect(waiting[0]).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  const oneMore = open.hub.methods.invoke({ deviceId: 'lamp' }, call(10));
  open.hub.methods.stopWaiting();

  await expect(oneMore).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
  expect(open.clock.pendingTimers).toBe(timersOfHub);
});

function call(connectTimeoutSeconds: number): DirectMethodCall {
  return { methodName: 'blink', payload: null, responseTimeoutSeconds: 30, connectTimeoutSeconds };
}
