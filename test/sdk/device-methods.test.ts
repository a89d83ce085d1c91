// Direct methods between the published service SDK and the published device SDK over MQTT.
import { expect, test } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { answering, Collected, openDevice, Registry, report, ServiceClient } from '../support/sdk.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

const CONNECT_SECONDS = 20;

test.each([[null], [''], ['text'], [{}], [{ k1: 'v1' }], [[1, null, 'x']], [0], [false]])(
  'The payload %j arrives unchanged, both ways.',
  async (payload) => {
    await using hub = await openTestHub();
    await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
    const seen = new Collected<unknown>();
    device.onDeviceMethod('echo', (request, response) => {
      seen.add(request.payload);
      answering(200, request.payload)(request, response);
    });

    const answer = await invoke(hub, { methodName: 'echo', payload });

    expect(await seen.first(1)).toEqual([payload]);
    expect(answer).toEqual({ status: 200, payload });
  },
);

test('An answer without a body arrives as payload null, and any status is the answer of the device.', async () => {
  await using hub = await openTestHub();
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  device.onDeviceMethod('lockDoor', answering(404));

  expect(await invoke(hub, { methodName: 'lockDoor' })).toEqual({ status: 404, payload: null });
});

test('Method answer, SUBSCRIBE, twin GET and reported PATCH may interleave, as in the reboot tutorial.', async () => {
  await using hub = await openTestHub();
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  const reported = new Collected<string>();
  device.onDeviceMethod('reboot', (request, response) => {
    answering(200, 'Reboot started')(request, response);
    device.getTwin((_error, twin) => {
      if (!twin) return;
      report(twin, { iothubDM: { reboot: { lastReboot: '2026-01-01T00:00:00Z' } } }).then(() => reported.add('done'), reported.add);
    });
  });

  const answer = await invoke(hub, { methodName: 'reboot', payload: null, timeoutInSeconds: 30 });
  const outcomes = await reported.first(1);
  const { responseBody: twin } = await Registry.fromConnectionString(hub.serviceConnectionString('service')).getTwin('lamp');

  expect(answer).toEqual({ status: 200, payload: 'Reboot started' });
  expect(outcomes).toEqual(['done']);
  expect(twin.properties.reported.iothubDM).toEqual({ reboot: { lastReboot: '2026-01-01T00:00:00Z' } });
});

test('A method that the device has no handler for ends with GatewayTimeoutError.', async () => {
  const clock = new FakeClock();
  await using hub = await openTestHub({ clock });
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  device.onDeviceMethod('known', answering(200));
  await invoke(hub, { methodName: 'known' });

  const calling = invoke(hub, { methodName: 'unknown', responseTimeoutInSeconds: 5, connectTimeoutInSeconds: 0 }).catch(
    (error: unknown) => error,
  );
  const outcome = await advanceUntil(clock, calling);

  expect(outcome).toMatchObject({ name: 'GatewayTimeoutError' });
});

test('A call to an offline device fails at once, one to an unknown device as DeviceNotFoundError.', async () => {
  await using hub = await openTestHub();
  await hub.createDevice('lamp');
  const client = ServiceClient.fromConnectionString(hub.serviceConnectionString('service'));

  const offline = await client.invokeDeviceMethod('lamp', { methodName: 'x' }).catch((error: unknown) => error);
  const unknown = await client.invokeDeviceMethod('ghost', { methodName: 'x' }).catch((error: unknown) => error);

  expect(offline).toMatchObject({ message: 'Not found' });
  expect(offline).toHaveProperty('responseBody', expect.stringContaining('404103'));
  expect(unknown).toMatchObject({ name: 'DeviceNotFoundError' });
});

test('Fifty calls at once each get their own answer.', async () => {
  await using hub = await openTestHub();
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  device.onDeviceMethod('echo', (request, response) => answering(200, request.payload)(request, response));
  await invoke(hub, { methodName: 'echo' });

  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => invoke(hub, { methodName: 'echo', payload: index })));

  expect(answers.map(({ payload }) => payload)).toEqual(Array.from({ length: 50 }, (_, index) => index));
});

type Call = {
  methodName: string;
  payload?: unknown;
  responseTimeoutInSeconds?: number;
  connectTimeoutInSeconds?: number;
  timeoutInSeconds?: number;
};

/** With a connect timeout, since the SDK does not say when its subscription is there. */
async function invoke(hub: TestHub, call: Call): Promise<{ status: number; payload: unknown }> {
  const client = ServiceClient.fromConnectionString(hub.serviceConnectionString('service'));
  const { result } = await client.invokeDeviceMethod('lamp', { connectTimeoutInSeconds: CONNECT_SECONDS, ...call });
  return result;
}

/** Moves time in steps shorter than keep-alive until the promise settles. */
async function advanceUntil<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  void promise.then(() => (settled = true));
  await expect
    .poll(() => {
      clock.advance(5000);
      return settled;
    })
    .toBe(true);
  return promise;
}
