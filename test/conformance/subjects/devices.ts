// How the calls of the identity registry are exercised.
import { LIMITS } from '../../../src/domain/limits.ts';
import { refused, type Subjects, succeeds } from '../case.ts';
import { answering, type Request, type Scene } from '../scene.ts';

const KEY_BYTES = { min: LIMITS.keyMinBytes.value, max: LIMITS.keyMaxBytes.value };

/** A device with a reason that is disabled, and one that is connected, so that lists and reads show all that a device can have. */
async function disabledDevice({ api, newId }: Scene): Promise<string> {
  const id = newId();
  await api.call({ method: 'PUT', path: `/devices/${id}`, body: { status: 'disabled', statusReason: 'In repair; see shop 3.' } });
  return id;
}

function putting(body: object): (scene: Scene) => Request {
  return ({ newId }) => ({ segments: { id: newId() }, body });
}

function key(bytes: number): string {
  return Buffer.alloc(bytes, 7).toString('base64');
}

function withKeys(primaryKey: string, secondaryKey: string): (scene: Scene) => Request {
  return putting({ authentication: { type: 'sas', symmetricKey: { primaryKey, secondaryKey } } });
}

function withThumbprint(primaryThumbprint: string): (scene: Scene) => Request {
  return putting({ authentication: { type: 'selfSigned', x509Thumbprint: { primaryThumbprint } } });
}

/** A new edge device. */
export async function edgeDevice({ api, newId }: Scene): Promise<string> {
  const id = newId();
  await api.call({ method: 'PUT', path: `/devices/${id}`, body: { capabilities: { iotEdge: true } } });
  return id;
}

export const DEVICE_SUBJECTS: Subjects = {
  Devices_GetDevices: {
    valid: () => ({}),
    cases: [
      succeeds('devices in every state', async (scene) => {
        await disabledDevice(scene);
        await scene.connectedDevice(answering());
        return {};
      }),
    ],
  },
  Devices_GetIdentity: {
    async valid({ device }, id) {
      await device(id);
      return { segments: { id } };
    },
    unknownId: { code: 'DeviceNotFound' },
    impossibleId: { code: 'DeviceNotFound' },
    cases: [
      succeeds('a device that is disabled', async (scene) => ({ segments: { id: await disabledDevice(scene) } }), {
        of: ({ json }) => [json.status, json.statusReason],
        is: ['disabled', 'In repair; see shop 3.'],
      }),
      succeeds(
        'a device that is connected',
        async ({ connectedDevice }) => ({ segments: { id: (await connectedDevice(answering())).deviceId } }),
        { of: ({ json }) => json.connectionState, is: 'Connected' },
      ),
    ],
  },
  Devices_CreateOrUpdateIdentity: {
    valid: (_, id) => ({ segments: { id }, body: { deviceId: id } }),
    bodyBytes: LIMITS.deviceBodyBytes.value,
    properties: {
      // Whole devices are sent back, with what the hub alone may set.
      ignored: [
        'generationId',
        'etag',
        'connectionState',
        'connectionStateUpdatedTime',
        'statusUpdatedTime',
        'lastActivityTime',
        'cloudToDeviceMessageCount',
      ],
    },
    impossibleId: { code: 'ArgumentInvalid' },
    conditional: {
      async prepare({ device }) {
        const { deviceId, etag } = await device();
        return { request: { segments: { id: deviceId }, body: { deviceId, etag } }, etag };
      },
      without: { code: 'DeviceAlreadyExists' },
    },
    cases: [
      succeeds('what a GET of the device answered', async ({ api, device }) => {
        const { deviceId } = await device();
        const { json } = await api.call({ path: `/devices/${deviceId}` });
        return { segments: { id: deviceId }, headers: { 'if-match': '*' }, body: json };
      }),
      succeeds('an empty body', putting({})),
      succeeds('the shortest keys', withKeys(key(KEY_BYTES.min), key(KEY_BYTES.min))),
      succeeds('the longest keys', withKeys(key(KEY_BYTES.max), key(KEY_BYTES.max))),
      succeeds('empty keys, which asks for new ones', withKeys('', '')),
      succeeds('the longest reason', putting({ statusReason: 'x'.repeat(LIMITS.statusReasonChars.value) })),
      refused('ArgumentInvalid', 'a longer reason', putting({ statusReason: 'x'.repeat(LIMITS.statusReasonChars.value + 1) })),
      refused('ArgumentInvalid', 'keys that are too short', withKeys(key(KEY_BYTES.min - 1), key(KEY_BYTES.min))),
      refused('ArgumentInvalid', 'keys that are too long', withKeys(key(KEY_BYTES.min), key(KEY_BYTES.max + 1))),
      refused('ArgumentInvalid', 'one key of two', withKeys(key(KEY_BYTES.min), '')),
      refused('ArgumentInvalid', 'a key that is no base64', withKeys('not base64 at all!', key(KEY_BYTES.min))),
      refused('ArgumentInvalid', 'another id in the body', putting({ deviceId: 'another' })),
      refused('ArgumentInvalid', 'a status that is none', putting({ status: 'asleep' })),
      ...['selfSigned', 'certificateAuthority'].map((type) =>
        succeeds(`the authentication type ${type}`, putting({ authentication: { type } }), {
          of: ({ json }) => [json.authentication.type, json.authentication.symmetricKey.primaryKey],
          is: [type, null],
        }),
      ),
      ...[40, 64].map((digits) =>
        succeeds(`a thumbprint of ${digits} digits`, withThumbprint('aB'.repeat(digits / 2)), {
          of: ({ json }) => json.authentication.x509Thumbprint,
          is: { primaryThumbprint: 'aB'.repeat(digits / 2), secondaryThumbprint: null },
        }),
      ),
      ...[39, 41, 63, 65].map((digits) =>
        refused('ArgumentInvalid', `a thumbprint of ${digits} digits`, withThumbprint('a'.repeat(digits))),
      ),
      refused('ArgumentInvalid', 'a thumbprint with separators', withThumbprint(Array(20).fill('ab').join(':'))),
      refused('ArgumentInvalid', 'the authentication type none', putting({ authentication: { type: 'none' } })),
      refused('ArgumentInvalid', 'an authentication type that is none', putting({ authentication: { type: 'password' } })),
      succeeds('an edge device, which gets a scope', putting({ capabilities: { iotEdge: true } }), {
        of: ({ json }) => [json.capabilities, json.deviceScope.startsWith(`ms-azure-iot-edge://${json.deviceId}-`)],
        is: [{ iotEdge: true }, true],
      }),
      succeeds('a device behind an edge device', async (scene) => {
        const { json } = await scene.api.call({ path: `/devices/${await edgeDevice(scene)}` });
        return putting({ deviceScope: json.deviceScope })(scene);
      }),
      refused('InvalidDeviceScope', 'a scope of no edge device', putting({ deviceScope: 'ms-azure-iot-edge://edge-1' })),
      refused('InvalidDeviceScope', 'an edge device without its scope', async (scene) => ({
        segments: { id: await edgeDevice(scene) },
        headers: { 'if-match': '*' },
        body: { capabilities: { iotEdge: true } },
      })),
      refused('ArgumentInvalid', 'two parents', putting({ parentScopes: ['a', 'b'] })),
      refused('TooManyModulesOnDevice', 'an edge device with too many modules for the runtime', async ({ api, device }) => {
        const { deviceId } = await device();
        const moduleIds = Array.from({ length: LIMITS.modulesPerDevice.value - 1 }, (_, index) => `m${index}`);
        await Promise.all(moduleIds.map((moduleId) => api.createModule({ deviceId, moduleId })));
        return { segments: { id: deviceId }, headers: { 'if-match': '*' }, body: { capabilities: { iotEdge: true } } };
      }),
      refused('DeviceNotFound', 'If-Match for a device that is not there', ({ newId }) => ({
        segments: { id: newId() },
        headers: { 'if-match': '*' },
        body: {},
      })),
    ],
  },
  Devices_DeleteIdentity: {
    async valid({ device }, id) {
      await device(id);
      return { segments: { id }, headers: { 'if-match': '*' } };
    },
    validStatus: 204,
    unknownId: { code: 'DeviceNotFound' },
    impossibleId: { code: 'DeviceNotFound' },
    conditional: {
      async prepare({ device }) {
        const { deviceId, etag } = await device();
        return { request: { segments: { id: deviceId } }, etag };
      },
      without: { code: 'PreconditionFailed' },
    },
    cases: [
      refused('DeviceNotFound', 'a device that is deleted already', async ({ api, device }) => {
        const { deviceId } = await device();
        await api.call({ method: 'DELETE', path: `/devices/${deviceId}`, ifMatch: '*' });
        return { segments: { id: deviceId }, headers: { 'if-match': '*' } };
      }),
    ],
  },
};
