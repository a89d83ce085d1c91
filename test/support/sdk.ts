// The published SDKs, as tests use them.
import { EventEmitter, once } from 'node:events';
import azureIotDevice, { type DeviceMethodRequest, type DeviceMethodResponse, type Twin } from 'azure-iot-device';
import azureIotDeviceMqtt from 'azure-iot-device-mqtt';
import azureIotHub from 'azure-iothub';

export const { Message } = azureIotDevice;
export const { Registry, JobClient, Client: ServiceClient, DigitalTwinClient, IoTHubTokenCredentials } = azureIotHub;

export type DeviceClient = ReturnType<typeof mqttClient>;

export function mqttClient(connectionString: string): InstanceType<typeof azureIotDevice.Client> {
  return azureIotDevice.Client.fromConnectionString(connectionString, azureIotDeviceMqtt.Mqtt);
}

export function moduleClient(connectionString: string): InstanceType<typeof azureIotDevice.ModuleClient> {
  return azureIotDevice.ModuleClient.fromConnectionString(connectionString, azureIotDeviceMqtt.Mqtt);
}

export function mqttWsClient(connectionString: string): DeviceClient {
  return azureIotDevice.Client.fromConnectionString(connectionString, azureIotDeviceMqtt.MqttWs);
}

/** A retry policy that ends an operation with its first error. */
export const NO_RETRY = { shouldRetry: (): boolean => false, nextRetryTimeout: (): number => 0 };

/** An open device that is closed with `await using`. */
export async function openDevice(connectionString: string): Promise<DeviceClient & AsyncDisposable> {
  const client = mqttClient(connectionString);
  await client.open();
  return Object.assign(client, {
    async [Symbol.asyncDispose](): Promise<void> {
      await client.close();
    },
  });
}

/** Answers every call of a method with this status and payload. */
export function answering(status: number, payload?: unknown): (request: DeviceMethodRequest, response: DeviceMethodResponse) => void {
  return (_request, response) => {
    response.send(status, payload).catch(() => undefined);
  };
}

/** Reports properties and resolves when the hub has acknowledged them. */
export function report(twin: Twin, patch: object): Promise<void> {
  return new Promise((resolve, reject) => {
    twin.properties.reported.update(patch, (error?: Error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Collects what the SDK emits, so that a test can wait for the n-th value without sleeping. */
export class Collected<T> {
  readonly values: T[] = [];
  readonly #events = new EventEmitter();

  readonly add = (value: T): void => {
    this.values.push(structuredClone(value));
    this.#events.emit('value');
  };

  async first(count: number): Promise<readonly T[]> {
    while (this.values.length < count) await once(this.#events, 'value');
    return this.values.slice(0, count);
  }
}
