// Direct methods through the published service SDK; the device's side is played on the hub, so that each of its answers can be chosen.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/domain/errors.ts';
import type { DirectMethodAnswer } from '../../src/domain/method/direct-method.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { principalOf, RecordingLink } from '../support/open-hub.ts';
import { ServiceClient } from '../support/sdk.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

// It starts with the machine's, since the SDK makes its tokens by that.
const clock = new FakeClock(Date.now());
let hub: TestHub;
let client: ReturnType<typeof ServiceClient.fromConnectionString>;
beforeAll(async () => {
  hub = await openTestHub({ clock });
  client = ServiceClient.fromConnectionString(hub.serviceConnectionString('service'));
});
afterAll(() => hub.close());

type Played = { readonly deviceId: string; readonly link: RecordingLink; answer(outcome: Outcome<DirectMethodAnswer>): Promise<void> };

async function connectedDevice(): Promise<Played> {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  const link = new RecordingLink();
  const connection = await hub.hub.connections.connect(principalOf(device), link);
  return {
    deviceId: device.deviceId,
    link,
    async answer(outcome): Promise<void> {
      const { requestId } = await link.nextMethod();
      connection.answerMethod(requestId, outcome);
    },
  };
}

describe('answers', () => {
  test.each([null, '', 'Reboot started', 0, false, {}, { k1: 'v1' }, ['a', 1]])(
    'The payload %j makes the round unchanged.',
    async (payload) => {
      const device = await connectedDevice();
      const answered = device.answer({ kind: 'done', value: { status: 200, payload } });

      const { result } = await client.invokeDeviceMethod(device.deviceId, { methodName: 'echo', payload });
      await answered;

      expect(result).toEqual({ status: 200, payload });
      expect(device.link.methods).toMatchObject([{ methodName: 'echo', payload }]);
    },
  );

  test.each([404, 500, 400])('A device that answers %i has answered: no error.', async (status) => {
    const device = await connectedDevice();
    void device.answer({ kind: 'done', value: { status, payload: null } });

    const { result } = await client.invokeDeviceMethod(device.deviceId, { methodName: 'm' });

    expect(result).toEqual({ status, payload: null });
  });

  test('The call of the reboot tutorial, with its timeoutInSeconds that nobody knows.', async () => {
    const device = await connectedDevice();
    void device.answer({ kind: 'done', value: { status: 200, payload: 'Reboot started' } });
    const parameters = { methodName: 'reboot', payload: null, timeoutInSeconds: 30 };

    const result = await new Promise((resolve, reject) => {
      client.invokeDeviceMethod(device.deviceId, parameters, (error, answer) => {
        if (error) reject(error);
        else resolve(answer);
      });
    });

    expect(result).toEqual({ status: 200, payload: 'Reboot started' });
  });
});

describe('errors of the SDK', () => {
  test('An offline device is an error of its own name, and is not retried.', async () => {
    const { deviceId } = await hub.createDevice(`device-${randomUUID()}`);

    await expect(client.invokeDeviceMethod(deviceId, { methodName: 'm' })).rejects.toMatchObject({
      name: 'Error',
      message: 'Not found',
      responseBody: expect.stringContaining('404103'),
    });
  });

  test('An unknown device is DeviceNotFoundError.', async () => {
    await expect(client.invokeDeviceMethod('ghost', { methodName: 'm' })).rejects.toMatchObject({
      name: 'DeviceNotFoundError',
      message: "No device with ID 'ghost' is registered.",
    });
  });

  test('A device that does not answer is GatewayTimeoutError.', async () => {
    const device = await connectedDevice();
    const sent = device.link.nextMethod();
    const calling = client.invokeDeviceMethod(device.deviceId, { methodName: 'm', responseTimeoutInSeconds: 5 });

    await sent;
    clock.advance(5000);

    await expect(calling).rejects.toMatchObject({ name: 'GatewayTimeoutError', message: expect.stringContaining('504101') });
  });

  test('A device that answers with no answer is BadDeviceResponseError.', async () => {
    const device = await connectedDevice();
    void device.answer({ kind: 'refused', refusal: { code: 'GenericBadGateway', message: 'The device answered with no JSON.' } });

    await expect(client.invokeDeviceMethod(device.deviceId, { methodName: 'm' })).rejects.toMatchObject({ name: 'BadDeviceResponseError' });
  });

  test('A timeout out of range is ArgumentError.', async () => {
    await expect(client.invokeDeviceMethod('any', { methodName: 'm', responseTimeoutInSeconds: 4 })).rejects.toMatchObject({
      name: 'ArgumentError',
      message: expect.stringContaining('responseTimeoutInSeconds must be within [5, 300]'),
    });
  });

  test('A policy without ServiceConnect is UnauthorizedError.', async () => {
    const stranger = ServiceClient.fromConnectionString(hub.serviceConnectionString('registryReadWrite'));

    await expect(stranger.invokeDeviceMethod('any', { methodName: 'm' })).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });

  test('A payload that is too large is an error that says so.', async () => {
    const payload = 'x'.repeat(200 * 1024);

    await expect(client.invokeDeviceMethod('any', { methodName: 'm', payload })).rejects.toMatchObject({
      message: expect.stringContaining('413001'),
    });
  });
});
