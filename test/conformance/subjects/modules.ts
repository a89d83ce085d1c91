// How the calls of modules in the identity registry are exercised.
import type { JsonObject } from '../../../src/domain/json.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { refused, type Subject, type Subjects, succeeds } from '../case.ts';
import { answering, type Request, type Scene } from '../scene.ts';
import { edgeDevice } from './devices.ts';

const NO_AUTHENTICATION = {
  symmetricKey: { primaryKey: null, secondaryKey: null },
  x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
  type: 'none',
};

/** Identities of modules are out of reach with their device (live facts, Modules). */
const OUT_OF_REACH = {
  unknownId: { code: 'IotHubUnauthorizedAccess' },
  impossibleId: { code: 'IotHubUnauthorizedAccess' },
} as const satisfies Partial<Subject>;

const UNKNOWN_MODULE = {
  unknownModuleId: { code: 'ModuleNotFound' },
  impossibleModuleId: { code: 'ModuleNotFound' },
} as const satisfies Partial<Subject>;

function aboutNewModule(body?: object): (scene: Scene) => Promise<Request> {
  return async ({ module }) => {
    const { deviceId, moduleId } = await module();
    return { segments: { id: deviceId, mid: moduleId }, ...(body && { headers: { 'if-match': '*' }, body }) };
  };
}

function putting(body: object): (scene: Scene) => Promise<Request> {
  return async ({ device, newId }) => ({ segments: { id: (await device()).deviceId, mid: newId() }, body });
}

/** A module whose device is disabled since. */
async function ofDisabledDevice({ api, module }: Scene): Promise<Request> {
  const { deviceId, moduleId } = await module();
  await api.call({ method: 'PUT', path: `/devices/${deviceId}`, ifMatch: '*', body: { status: 'disabled' } });
  return { segments: { id: deviceId, mid: moduleId }, headers: { 'if-match': '*' }, body: {} };
}

const DISABLED = refused('IotHubUnauthorizedAccess', 'a device that is disabled', ofDisabledDevice);

/** A device with as many modules as it may have. */
export async function fullDevice({ api, device }: Scene): Promise<string> {
  const { deviceId } = await device();
  const moduleIds = Array.from({ length: LIMITS.modulesPerDevice.value }, (_, index) => `m${index}`);
  await Promise.all(moduleIds.map((moduleId) => api.createModule({ deviceId, moduleId })));
  return deviceId;
}

export const MODULE_SUBJECTS: Subjects = {
  Modules_GetModulesOnDevice: {
    async valid({ module }, deviceId) {
      await module({ deviceId });
      return { segments: { id: deviceId } };
    },
    ...OUT_OF_REACH,
    cases: [
      DISABLED,
      succeeds('an edge device', async (scene) => ({ segments: { id: await edgeDevice(scene) } }), {
        of: ({ json }) => json.map((module: JsonObject) => [module['moduleId'], module['managedBy'], module['authentication']]),
        is: ['$edgeAgent', '$edgeHub'].map((moduleId) => [moduleId, 'iotEdge', NO_AUTHENTICATION]),
      }),
      succeeds('a device without modules', async ({ device }) => ({ segments: { id: (await device()).deviceId } }), {
        of: ({ json }) => json,
        is: [],
      }),
      succeeds('a device with as many modules as may be', async (scene) => ({ segments: { id: await fullDevice(scene) } }), {
        of: ({ json }) => json.length,
        is: LIMITS.modulesPerDevice.value,
      }),
    ],
  },
  Modules_GetIdentity: {
    async valid({ module }, id, mid) {
      const { deviceId, moduleId } = await module({ deviceId: id, ...(mid !== undefined && { moduleId: mid }) });
      return { segments: { id: deviceId, mid: moduleId } };
    },
    ...OUT_OF_REACH,
    ...UNKNOWN_MODULE,
    cases: [
      DISABLED,
      succeeds(
        'a module that is connected',
        async ({ connectedModule }) => {
          const { deviceId, moduleId } = await connectedModule(answering());
          return { segments: { id: deviceId, mid: moduleId } };
        },
        { of: ({ json }) => json.connectionState, is: 'Connected' },
      ),
    ],
  },
  Modules_CreateOrUpdateIdentity: {
    async valid({ device, newId }, deviceId, moduleId = newId()) {
      await device(deviceId);
      return { segments: { id: deviceId, mid: moduleId }, body: { deviceId, moduleId } };
    },
    bodyBytes: LIMITS.deviceBodyBytes.value,
    properties: {
      // Whole modules are sent back, with what the hub alone may set.
      ignored: ['generationId', 'etag', 'connectionState', 'connectionStateUpdatedTime', 'lastActivityTime', 'cloudToDeviceMessageCount'],
    },
    unknownId: { code: 'IotHubUnauthorizedAccess' },
    impossibleId: { code: 'ArgumentInvalid' },
    impossibleModuleId: { code: 'ArgumentInvalid' },
    conditional: {
      async prepare({ module }) {
        const { deviceId, moduleId, etag } = await module();
        return { request: { segments: { id: deviceId, mid: moduleId }, body: { deviceId, moduleId, etag } }, etag };
      },
      without: { code: 'ModuleAlreadyExistsOnDevice' },
    },
    cases: [
      DISABLED,
      succeeds('what a GET of the module answered', async (scene) => {
        const { segments = {} } = await aboutNewModule()(scene);
        const { json } = await scene.api.call({ path: `/devices/${segments['id']}/modules/${segments['mid']}` });
        return { segments, headers: { 'if-match': '*' }, body: json };
      }),
      succeeds('an empty body', putting({})),
      succeeds('the longest managedBy', putting({ managedBy: 'x'.repeat(LIMITS.managedByChars.value) })),
      refused('ArgumentInvalid', 'a longer managedBy', putting({ managedBy: 'x'.repeat(LIMITS.managedByChars.value + 1) })),
      succeeds('managedBy that is left out, which clears it', aboutNewModule({}), { of: ({ json }) => json.managedBy, is: null }),
      succeeds('the authentication type selfSigned', putting({ authentication: { type: 'selfSigned' } })),
      succeeds('the authentication type certificateAuthority', putting({ authentication: { type: 'certificateAuthority' } })),
      succeeds('the authentication type none', putting({ authentication: { type: 'none' } }), {
        of: ({ json }) => json.authentication.type,
        is: 'sas',
      }),
      refused('ArgumentInvalid', 'another device in the body', putting({ deviceId: 'another' })),
      refused('ArgumentInvalid', 'another id in the body', putting({ moduleId: 'another' })),
      refused('ArgumentInvalid', 'an id that is reserved', async ({ device }) => ({
        segments: { id: (await device()).deviceId, mid: '$own' },
        body: {},
      })),
      refused('SystemModuleModifyUnauthorizedAccess', 'a module of the edge runtime', async (scene) => ({
        segments: { id: await edgeDevice(scene), mid: '$edgeAgent' },
        headers: { 'if-match': '*' },
        body: {},
      })),
      refused('ModuleNotFound', 'If-Match for a module that is not there', async ({ device, newId }) => ({
        segments: { id: (await device()).deviceId, mid: newId() },
        headers: { 'if-match': '*' },
        body: {},
      })),
      refused('TooManyModulesOnDevice', 'one module more than may be', async (scene) => ({
        segments: { id: await fullDevice(scene), mid: 'one-more' },
        body: {},
      })),
    ],
  },
  Modules_DeleteIdentity: {
    async valid({ module }, id, mid) {
      const { deviceId, moduleId } = await module({ deviceId: id, ...(mid !== undefined && { moduleId: mid }) });
      return { segments: { id: deviceId, mid: moduleId }, headers: { 'if-match': '*' } };
    },
    validStatus: 204,
    ...OUT_OF_REACH,
    ...UNKNOWN_MODULE,
    conditional: {
      async prepare({ module }) {
        const { deviceId, moduleId, etag } = await module();
        return { request: { segments: { id: deviceId, mid: moduleId } }, etag };
      },
      without: { code: 'PreconditionFailed' },
    },
    cases: [
      DISABLED,
      refused('SystemModuleModifyUnauthorizedAccess', 'a module of the edge runtime', async (scene) => ({
        segments: { id: await edgeDevice(scene), mid: '$edgeHub' },
        headers: { 'if-match': '*' },
      })),
    ],
  },
};
