// Goal: a device with a model and a back end on the published SDKs meet in digital twins: model, properties with acknowledgements, commands.
// Method: a device app over MQTT that follows the conventions, DigitalTwinClient in each form that its methods have, and its errors as a table.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode } from '../../src/domain/errors.ts';
import { answering, Collected, DigitalTwinClient, IoTHubTokenCredentials, mqttClient, Registry, report } from '../support/sdk.ts';
import { calledBack, type CallTable, testEveryMethod } from '../support/sdk-forms.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

type Client = InstanceType<typeof DigitalTwinClient>;
type Subject = { readonly client: Client; readonly id: string };

const HERE = 'digital-twins.test.ts';
const MODEL = 'dtmi:com:example:TemperatureController;1';

let hub: TestHub;
beforeAll(async () => {
  hub = await openTestHub();
});
afterAll(() => hub.close());

function clientOf(policyName = 'service'): Client {
  return new DigitalTwinClient(new IoTHubTokenCredentials(hub.serviceConnectionString(policyName)));
}

async function newDeviceId(): Promise<string> {
  return (await hub.createDevice(`device-${randomUUID()}`)).deviceId;
}

/** A device app that reports its serial number and applies the target temperature of its component. */
async function openController(
  onCommand: Readonly<Record<string, ReturnType<typeof answering>>> = {},
): Promise<AsyncDisposable & { readonly id: string; readonly heard: Collected<object> }> {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  const app = mqttClient(hub.deviceConnectionString(device));
  await app.setOptions({ modelId: MODEL });
  await app.open();
  for (const [name, answer] of Object.entries(onCommand)) app.onDeviceMethod(name, answer);
  const twin = await app.getTwin();
  const heard = new Collected<object>();
  twin.on('properties.desired.thermostat1', (delta: { targetTemperature?: number | null }) => {
    const value = delta.targetTemperature;
    if (value === undefined) return;
    const acknowledgement = { value, ac: 200, av: twin.properties.desired['$version'], ad: 'applied' };
    report(twin, { thermostat1: { __t: 'c', targetTemperature: acknowledgement } }).then(
      () => heard.add(delta),
      () => undefined,
    );
  });
  await report(twin, { serialNumber: 'alwinexlepaho8329', thermostat1: { __t: 'c', maxTempSinceLastReboot: 25.3 } });
  return {
    id: device.deviceId,
    heard,
    async [Symbol.asyncDispose](): Promise<void> {
      await app.close();
    },
  };
}

describe('DigitalTwinClient', () => {
  const patch = [{ op: 'add', path: '/level', value: 1 }];
  const calls: CallTable<Subject> = {
    getDigitalTwin: {
      promise: ({ client, id }) => client.getDigitalTwin(id),
      callback: ({ client, id }, done) => client.getDigitalTwin(id, done),
      gives: expect.objectContaining({ $dtId: expect.stringMatching(/^device-/), $metadata: {} }),
    },
    updateDigitalTwin: {
      promise: ({ client, id }) => client.updateDigitalTwin(id, patch),
      callback: ({ client, id }, done) => client.updateDigitalTwin(id, patch, done),
      // The SDK has a value for what stands in a body alone; headers are in the response, which comes as a third argument.
      gives: undefined,
    },
    invokeCommand: { testedIn: HERE },
    invokeComponentCommand: { testedIn: HERE },
  };

  testEveryMethod(DigitalTwinClient, calls, async () => ({ client: clientOf(), id: await newDeviceId() }));

  test('updateDigitalTwin writes under the etag that it read, and not under an older one.', async () => {
    const [client, id] = [clientOf(), await newDeviceId()];
    const eTag = (await client.getDigitalTwin(id))?._response.parsedHeaders.eTag;

    await client.updateDigitalTwin(id, patch, eTag);

    expect(eTag).toBe('W/"AAAAAAAAAAE="');
    await expect(client.updateDigitalTwin(id, patch, eTag)).rejects.toMatchObject({ statusCode: 412 });
    await expect(calledBack((done) => client.updateDigitalTwin(id, patch, eTag, done))).rejects.toMatchObject({ statusCode: 412 });
    await client.updateDigitalTwin(id, patch, '*');
    expect((await client.getDigitalTwin(id))?._response.parsedHeaders.eTag).toBe('W/"AAAAAAAAAAM="');
  });

  test('updateDigitalTwin is answered with 202, the new etag and where the digital twin is.', async () => {
    const [client, id] = [clientOf(), await newDeviceId()];

    const response: unknown = await new Promise((resolve, reject) => {
      client.updateDigitalTwin(id, patch, (error, _result, answer) => {
        if (error) reject(error);
        else resolve(answer);
      });
    });

    expect(response).toMatchObject({ status: 202, parsedHeaders: { eTag: 'W/"AAAAAAAAAAI="', location: `/digitaltwins/${id}` } });
  });
});

describe('A device that announces a model', () => {
  test('has it in its twin and in its digital twin.', async () => {
    await using controller = await openController();

    const { responseBody: twin } = await Registry.fromConnectionString(hub.serviceConnectionString()).getTwin(controller.id);
    const digitalTwin = await clientOf().getDigitalTwin(controller.id);

    expect(twin.modelId).toBe(MODEL);
    expect(digitalTwin).toMatchObject({
      $dtId: controller.id,
      serialNumber: 'alwinexlepaho8329',
      thermostat1: { maxTempSinceLastReboot: 25.3, $metadata: { maxTempSinceLastReboot: { lastUpdateTime: expect.any(String) } } },
      $metadata: { $model: MODEL, serialNumber: { lastUpdateTime: expect.any(String) } },
    });
  });

  test('hears what is patched, acknowledges it, and the digital twin shows both.', async () => {
    await using controller = await openController();
    const client = clientOf();

    await client.updateDigitalTwin(controller.id, [{ op: 'add', path: '/thermostat1/targetTemperature', value: 21.4 }]);
    const [delta] = await controller.heard.first(1);

    expect(delta).toEqual({ __t: 'c', targetTemperature: 21.4 });
    expect(await client.getDigitalTwin(controller.id)).toMatchObject({
      thermostat1: {
        maxTempSinceLastReboot: 25.3,
        targetTemperature: 21.4,
        $metadata: {
          targetTemperature: { desiredValue: 21.4, desiredVersion: 2, ackVersion: 2, ackCode: 200, ackDescription: 'applied' },
        },
      },
    });
  });

  test('hears that a component is removed as null for each of its properties.', async () => {
    await using controller = await openController();
    const client = clientOf();
    await client.updateDigitalTwin(controller.id, [{ op: 'add', path: '/thermostat1', value: { targetTemperature: 20, $metadata: {} } }]);
    await controller.heard.first(1);

    await client.updateDigitalTwin(controller.id, [{ op: 'remove', path: '/thermostat1' }]);
    const [, removal] = await controller.heard.first(2);

    expect(removal).toEqual({ __t: 'c', targetTemperature: null });
    const { thermostat1 } = (await client.getDigitalTwin(controller.id)) as unknown as { thermostat1: Record<string, object> };
    expect(thermostat1['$metadata']).toMatchObject({ targetTemperature: { ackCode: 200, ackVersion: 3 } });
    expect(thermostat1).not.toHaveProperty('targetTemperature');
    expect(thermostat1).not.toHaveProperty('$metadata.targetTemperature.desiredValue');
  });
});

describe('A command', () => {
  test('of the root reaches the device as the method of its name; its answer and status come back.', async () => {
    await using controller = await openController({ reboot: (request, response) => void response.send(200, { got: request.payload }) });

    const answer = await clientOf().invokeCommand(controller.id, 'reboot', { delay: 3 }, { connectTimeoutInSeconds: 20 });

    expect(answer).toMatchObject({ body: { got: { delay: 3 } }, xMsCommandStatuscode: 200, xMsRequestId: expect.stringMatching(/./) });
  });

  test('of a component reaches it as component*command.', async () => {
    await using controller = await openController({ 'thermostat1*getMaxMinReport': answering(404, 'no report') });

    const answer = await clientOf().invokeComponentCommand(controller.id, 'thermostat1', 'getMaxMinReport', '2026-01-01T00:00:00Z', {
      connectTimeoutInSeconds: 20,
      responseTimeoutInSeconds: 30,
    });

    expect(answer).toMatchObject({ body: 'no report', xMsCommandStatuscode: 404 });
  });

  test.each<unknown>([0, false, 'text', '', [1, null], { k: 'v' }])('carries the payload %j both ways.', async (payload) => {
    await using controller = await openController({ echo: (request, response) => void response.send(200, request.payload) });

    const answer = await clientOf().invokeCommand(controller.id, 'echo', payload, { connectTimeoutInSeconds: 20 });

    expect(answer?.body).toEqual(payload);
  });
});

describe('What is refused', () => {
  const remove = (path: string): object[] => [{ op: 'remove', path }];
  const table: readonly [what: string, code: ErrorCode, call: (client: Client, id: string) => Promise<unknown>][] = [
    ['a digital twin of nobody', 'DeviceNotFound', (client) => client.getDigitalTwin('ghost')],
    ['a digital twin of no module', 'DeviceNotFound', (client, id) => client.getDigitalTwin(`${id}~ghost`)],
    ['a patch of nobody', 'DeviceNotFound', (client) => client.updateDigitalTwin('ghost', remove('/a'))],
    ['a patch that is none', 'InvalidDigitalTwinJsonPatch', (client, id) => client.updateDigitalTwin(id, [{ op: 'test', path: '/a' }])],
    ['a path to nothing', 'InvalidDigitalTwinPatchPath', (client, id) => client.updateDigitalTwin(id, remove('/$metadata/$model'))],
    [
      'a value that none may have',
      'ArgumentInvalid',
      (client, id) => client.updateDigitalTwin(id, [{ op: 'add', path: '/a', value: [1] }]),
    ],
    ['another etag', 'PreconditionFailed', (client, id) => client.updateDigitalTwin(id, remove('/a'), 'W/"AAAA"')],
    ['a command to nobody', 'DeviceNotFound', (client) => client.invokeCommand('ghost', 'reboot', {})],
    ['a command to a device that is away', 'DeviceNotOnline', (client, id) => client.invokeCommand(id, 'reboot', {})],
    ['a component command to it', 'DeviceNotOnline', (client, id) => client.invokeComponentCommand(id, 'c', 'reboot', {})],
    ['a timeout too short', 'ArgumentInvalid', (client, id) => client.invokeCommand(id, 'r', {}, { responseTimeoutInSeconds: 4 })],
    ['a policy that may not', 'IotHubUnauthorizedAccess', (_, id) => clientOf('registryRead').getDigitalTwin(id)],
  ];

  test.each(table)('%s is a RestError with %s, its status and its text.', async (_, code, call) => {
    const error: unknown = await call(clientOf(), await newDeviceId()).then(
      () => undefined,
      (reason: unknown) => reason,
    );

    expect(error).toMatchObject({
      statusCode: Math.floor(ERROR_CATALOGUE[code].number / 1000),
      message: expect.stringContaining('"Message":'),
    });
    // As the SDK types its own errors: not at all.
    const { constructor, response } = error as Error & { response: { headers: { get(name: string): string | undefined } } };
    expect(constructor.name).toBe('RestError');
    expect(response.headers.get('iothub-errorcode')).toBe(code);
  });
});
