// Where the cases play: a hub without sockets, requests named after operations of the API, and devices whose side the test plays.
import type { Device } from '../../src/domain/identity/device.ts';
import type { ModuleId } from '../../src/domain/identity/identity-id.ts';
import type { Module } from '../../src/domain/identity/module.ts';
import type { DirectMethodAnswer } from '../../src/domain/method/direct-method.ts';
import type { DevicePrincipal } from '../../src/hub/access.ts';
import type { DeviceConnection, MethodRequest } from '../../src/hub/connections.ts';
import type { Hub } from '../../src/hub/hub.ts';
import { principalOf, RecordingLink } from '../support/open-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from '../unit/gateways/http/open-http-api.ts';
import { type Operation, SERVICE_API } from './service-api.ts';

/** A request of an operation. What is absent is as SDKs send it. */
export type Request = {
  /** In place of the operation's. */
  readonly method?: string;
  /** Values of `{name}` in the path, not encoded. */
  readonly segments?: Readonly<Record<string, string>>;
  /** Stands behind the path. */
  readonly suffix?: string;
  /** `undefined` leaves a parameter out that is sent otherwise. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** In place of `body`. */
  readonly bytes?: string | Uint8Array;
  readonly policy?: string;
  /** null: no token. */
  readonly authorization?: string | null;
};

/** What a device does with a call that reached it. */
export type DeviceSide = (connection: DeviceConnection, request: MethodRequest) => void | Promise<void>;

export type Scene = AsyncDisposable & {
  readonly api: HttpApi;
  readonly send: (operation: Operation, request: Request) => Promise<Answer>;
  /** An id that nobody has: of a device or a job. */
  readonly newId: () => string;
  /** A new device. Default: of a new id. */
  readonly device: (deviceId?: string) => Promise<Device>;
  /** A new device that is connected. Default: it announces no model. */
  readonly connectedDevice: (onCall: DeviceSide, deviceId?: string, modelId?: string) => Promise<Device>;
  /** A new module of a new device. Default: of new ids. */
  readonly module: (id?: Partial<ModuleId>) => Promise<Module>;
  /** A new module of a new device that is connected, which the device is not. */
  readonly connectedModule: (onCall: DeviceSide, id?: Partial<ModuleId>) => Promise<Module>;
};

/** @param changeHub what the gateway gets in the place of the hub; what cases prepare is prepared on the hub itself. */
export async function openScene(changeHub?: (hub: Hub) => Hub): Promise<Scene> {
  const api = await openHttpApi(changeHub);
  let ids = 0;
  const newId = (): string => `id-${(ids += 1)}`;
  const newModule = async ({ deviceId = newId(), moduleId = newId() }: Partial<ModuleId>): Promise<NewModule> => {
    const device = await api.createDevice(deviceId);
    return { device, module: await api.createModule({ deviceId, moduleId }) };
  };
  const connect = async (onCall: DeviceSide, principal: DevicePrincipal, modelId = ''): Promise<void> => {
    const link = new PlayedLink(onCall);
    link.modelId = modelId;
    link.connection = await api.hub.connections.connect(principal, link);
  };
  return {
    api,
    newId,
    send: (operation, request) => api.call({ ...request, method: request.method ?? operation.method, path: urlOf(operation, request) }),
    device: (deviceId = newId()) => api.createDevice(deviceId),
    async connectedDevice(onCall, deviceId = newId(), modelId = ''): Promise<Device> {
      const device = await api.createDevice(deviceId);
      await connect(onCall, principalOf(device), modelId);
      return device;
    },
    module: async (id = {}) => (await newModule(id)).module,
    async connectedModule(onCall, id = {}): Promise<Module> {
      const { device, module } = await newModule(id);
      await connect(onCall, principalOf(device, module));
      return module;
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

type NewModule = { readonly device: Device; readonly module: Module };

/** A device that answers every call. Default: 200 and the payload that it got. */
export function answering(answer?: DirectMethodAnswer): DeviceSide {
  return (connection, { requestId, payload }) => {
    connection.answerMethod(requestId, { kind: 'done', value: answer ?? { status: 200, payload } });
  };
}

class PlayedLink extends RecordingLink {
  connection: DeviceConnection | undefined;
  readonly #onCall: DeviceSide;

  constructor(onCall: DeviceSide) {
    super();
    this.#onCall = onCall;
  }

  override sendMethod(request: MethodRequest): boolean {
    // Not before the hub knows that the call was sent.
    queueMicrotask(() => {
      if (this.connection) void this.#onCall(this.connection, request);
    });
    return super.sendMethod(request);
  }
}

function urlOf({ path }: Operation, { segments = {}, suffix = '', query }: Request): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(segmentNamed(segments, name)));
  const given: Readonly<Record<string, string | undefined>> = { 'api-version': SERVICE_API.apiVersion, ...query };
  const parameters = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return `${filled}${suffix}?${parameters.join('&')}`;
}

function segmentNamed(segments: Readonly<Record<string, string>>, name: string): string {
  const value = segments[name];
  if (value === undefined) throw new Error(`The request does not say what stands for {${name}}.`);
  return value;
}
