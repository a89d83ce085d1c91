// How the calls about many devices are exercised: bulk calls and statistics.
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Case, refused, type Subjects, succeeds } from '../case.ts';
import type { Scene } from '../scene.ts';
import { edgeDevice } from './devices.ts';
import { fullDevice } from './modules.ts';

/** One item that is refused, in a call of which the others are done. */
function itemRefused(title: string, item: (scene: Scene) => object | Promise<object>, code: string): Case {
  return {
    title,
    request: async (scene) => ({ body: [await item(scene), { id: scene.newId(), importMode: 'create' }] }),
    expected: { status: 400, code: 'BulkRegistryOperationFailure' },
    shown: {
      of: ({ json }) => [json.isSuccessful, json.errors.map((error: { errorCode: string }) => error.errorCode)],
      is: [false, [code]],
    },
  };
}

export const REGISTRY_SUBJECTS: Subjects = {
  BulkRegistry_UpdateRegistry: {
    valid: (_, id) => ({ body: [{ id, importMode: 'create' }] }),
    bodyBytes: LIMITS.bulkBodyBytes.value,
    cases: [
      succeeds('no device', () => ({ body: [] })),
      ...['update', 'delete', 'updateTwin'].map((importMode) =>
        succeeds(`the mode ${importMode}`, async ({ device }) => ({
          body: [{ id: (await device()).deviceId, importMode, tags: { a: 1 } }],
        })),
      ),
      ...['updateIfMatchETag', 'deleteIfMatchETag'].map((importMode) =>
        succeeds(`the mode ${importMode}`, async ({ device }) => {
          const { deviceId: id, etag: eTag } = await device();
          return { body: [{ id, importMode, eTag }] };
        }),
      ),
      succeeds('the mode updateTwinIfMatchETag', async ({ api, device }) => {
        const { deviceId: id } = await device();
        const { json } = await api.call({ path: `/twins/${id}` });
        return { body: [{ id, importMode: 'updateTwinIfMatchETag', twinETag: json.etag, tags: { a: 1 } }] };
      }),
      itemRefused(
        'a device that is there',
        async ({ device }) => ({ id: (await device()).deviceId, importMode: 'create' }),
        'DeviceAlreadyExists',
      ),
      itemRefused('a device that is not there', ({ newId }) => ({ id: newId(), importMode: 'delete' }), 'DeviceNotFound'),
      itemRefused('another etag', ({ newId }) => ({ id: newId(), importMode: 'updateIfMatchETag' }), 'PreconditionFailed'),
      ...['update', 'delete', 'updateTwin'].map((importMode) =>
        succeeds(`the mode ${importMode} of a module`, async ({ module }) => {
          const { deviceId: id, moduleId } = await module();
          return { body: [{ id, moduleId, importMode, tags: { a: 1 } }] };
        }),
      ),
      succeeds('an edge device with a module, and a device behind it', async ({ api, newId }) => {
        const [id, child] = [newId(), newId()];
        await api.call({ method: 'PUT', path: `/devices/${id}`, body: { capabilities: { iotEdge: true } } });
        const { json } = await api.call({ path: `/devices/${id}` });
        const { deviceScope } = json;
        return {
          body: [
            { id, importMode: 'update', capabilities: { iotEdge: true }, deviceScope },
            { id, moduleId: 'camera', importMode: 'create', managedBy: 'us' },
            { id: child, importMode: 'create', deviceScope, authentication: { type: 'certificateAuthority' } },
          ],
        };
      }),
      itemRefused(
        'a module that is there',
        async ({ module }) => {
          const { deviceId: id, moduleId } = await module();
          return { id, moduleId, importMode: 'create' };
        },
        'ModuleAlreadyExistsOnDevice',
      ),
      itemRefused(
        'a module that is not there',
        async ({ device }) => ({ id: (await device()).deviceId, moduleId: 'camera', importMode: 'delete' }),
        'ModuleNotFound',
      ),
      itemRefused(
        'a module of a device that is not there',
        ({ newId }) => ({ id: newId(), moduleId: 'camera', importMode: 'create' }),
        'IotHubUnauthorizedAccess',
      ),
      itemRefused(
        'one module too many',
        async (scene) => ({ id: await fullDevice(scene), moduleId: 'one-more', importMode: 'create' }),
        'TooManyModulesOnDevice',
      ),
      itemRefused(
        'a module of the edge runtime',
        async (scene) => ({ id: await edgeDevice(scene), moduleId: '$edgeAgent', importMode: 'updateTwin', tags: {} }),
        'SystemModuleModifyUnauthorizedAccess',
      ),
      itemRefused(
        'a scope of nobody',
        ({ newId }) => ({ id: newId(), importMode: 'create', deviceScope: 'ms-azure-iot-edge://nobody-1' }),
        'InvalidDeviceScope',
      ),
      itemRefused('a mode for files', ({ newId }) => ({ id: newId(), importMode: 'createOrUpdate' }), 'ArgumentInvalid'),
      itemRefused(
        'tags that are too large',
        ({ newId }) => ({ id: newId(), importMode: 'create', tags: { a: 'x'.repeat(4000), b: 'x'.repeat(4000), c: 'x'.repeat(400) } }),
        'DeviceModelMaxPropertiesExceeded',
      ),
      refused('ArgumentInvalid', 'an item without an id', () => ({ body: [{ importMode: 'create' }] })),
      refused('DeviceDefinedMultipleTimes', 'a device that is named twice', ({ newId }) => {
        const item = { id: newId(), importMode: 'create' };
        return { body: [item, item] };
      }),
      refused('TooManyDevices', 'more devices than a call may name', ({ newId }) => ({
        body: Array.from({ length: LIMITS.bulkDevices.value + 1 }, () => ({ id: newId(), importMode: 'create' })),
      })),
    ],
  },
  Statistics_GetDeviceStatistics: { valid: () => ({}), cases: [] },
  Statistics_GetServiceStatistics: { valid: () => ({}), cases: [] },
};
