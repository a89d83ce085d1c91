// How the calls of device twins are exercised.
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Case, refused, type Subject, type Subjects, succeeds } from '../case.ts';
import { answering, type Request, type Scene } from '../scene.ts';

/** Values of every kind that a section may hold. */
const OF_EVERY_KIND = {
  text: 'a',
  number: 1.5,
  flag: true,
  list: [1, 'two', [false], { four: 4 }],
  nested: { deep: { down: '' } },
  empty: {},
};

/** A device whose twin has something in every section. */
async function fullTwin({ api, device }: Scene, deviceId?: string): Promise<string> {
  const made = await device(deviceId);
  const id = made.deviceId;
  const body = { tags: OF_EVERY_KIND, properties: { desired: OF_EVERY_KIND } };
  await api.call({ method: 'PATCH', path: `/twins/${encodeURIComponent(id)}`, body });
  await api.hub.twins.report({ deviceId: id, body: OF_EVERY_KIND, baseVersion: undefined });
  return id;
}

function writing(body: object): (scene: Scene) => Promise<Request> {
  return async ({ device }) => ({ segments: { id: (await device()).deviceId }, body });
}

/** A section of that many bytes, as they are counted: keys and strings without quotes (behaviour 3.2). */
function sectionOf(bytes: number): Record<string, string> {
  const perEntry = 1024;
  const keys = Array.from({ length: Math.floor(bytes / perEntry) }, (_, index) => `k${String(index).padStart(3, '0')}`);
  const sizeOf = (index: number): number => perEntry + (index === 0 ? bytes % perEntry : 0);
  return Object.fromEntries(keys.map((key, index) => [key, 'x'.repeat(sizeOf(index) - key.length)]));
}

function nested(levels: number): object {
  return levels === 0 ? { leaf: 1 } : { level: nested(levels - 1) };
}

const SECTIONS: readonly { readonly name: string; readonly maxBytes: number; readonly bodyOf: (section: object) => object }[] = [
  { name: 'tags', maxBytes: LIMITS.tagsBytes.value, bodyOf: (tags) => ({ tags }) },
  { name: 'desired properties', maxBytes: LIMITS.propertiesBytes.value, bodyOf: (desired) => ({ properties: { desired } }) },
];

const SECTION_CASES: readonly Case[] = SECTIONS.flatMap(({ name, maxBytes, bodyOf }) => [
  succeeds(`${name} of every kind`, writing(bodyOf(OF_EVERY_KIND))),
  succeeds(`the largest ${name}`, writing(bodyOf(sectionOf(maxBytes)))),
  refused('DeviceModelMaxPropertiesExceeded', `larger ${name}`, writing(bodyOf(sectionOf(maxBytes + 1)))),
  succeeds(`the deepest ${name}`, writing(bodyOf(nested(LIMITS.twinDepth.value)))),
  refused('ArgumentInvalid', `deeper ${name}`, writing(bodyOf(nested(LIMITS.twinDepth.value + 1)))),
  succeeds(`the longest text in ${name}`, writing(bodyOf({ text: 'x'.repeat(LIMITS.twinStringBytes.value) }))),
  refused('ArgumentInvalid', `a longer text in ${name}`, writing(bodyOf({ text: 'x'.repeat(LIMITS.twinStringBytes.value + 1) }))),
  succeeds(`the longest key in ${name}`, writing(bodyOf({ ['k'.repeat(LIMITS.twinKeyBytes.value)]: 1 }))),
  refused('ArgumentInvalid', `a longer key in ${name}`, writing(bodyOf({ ['k'.repeat(LIMITS.twinKeyBytes.value + 1)]: 1 }))),
  succeeds(`the largest and smallest integer in ${name}`, writing(bodyOf({ max: 4503599627370495, min: -4503599627370496 }))),
  refused('ArgumentInvalid', `a larger integer in ${name}`, writing(bodyOf({ max: 4503599627370496 }))),
  refused('ArgumentInvalid', `a smaller integer in ${name}`, writing(bodyOf({ min: -4503599627370497 }))),
  ...['a.b', '$a', 'a#', 'a b', 'a\u0001'].map((key) =>
    refused('ArgumentInvalid', `the key ${JSON.stringify(key)} in ${name}`, writing(bodyOf({ [key]: 1 }))),
  ),
  refused('ArgumentInvalid', `null inside a list of ${name}`, writing(bodyOf({ list: [1, null] }))),
  refused('ArgumentInvalid', `a list in place of ${name}`, writing(bodyOf([]))),
]);

/** Whole twins are sent back, with what a back end cannot write. */
const NOT_WRITTEN = [
  'deviceId',
  'moduleId',
  'properties.reported',
  'etag',
  'version',
  'deviceEtag',
  'status',
  'statusReason',
  'statusUpdateTime',
  'connectionState',
  'lastActivityTime',
  'cloudToDeviceMessageCount',
  'authenticationType',
  'x509Thumbprint',
  'capabilities',
  'deviceScope',
  'parentScopes',
];

function writeSubject(cases: readonly Case[]): Subject {
  return {
    async valid({ device }, id) {
      await device(id);
      return { segments: { id }, body: { tags: { floor: 2 }, properties: { desired: { on: true } } } };
    },
    bodyBytes: LIMITS.twinBodyBytes.value,
    properties: { ignored: NOT_WRITTEN },
    unknownId: { code: 'DeviceNotFound' },
    impossibleId: { code: 'DeviceNotFound' },
    conditional: {
      async prepare(scene) {
        const id = await fullTwin(scene);
        const { json } = await scene.api.call({ path: `/twins/${id}` });
        return { request: { segments: { id }, body: { tags: { floor: 3 } } }, etag: json.etag };
      },
      without: { status: 200 },
    },
    cases: [
      succeeds(
        'what a GET of the twin answered',
        async (scene) => {
          const id = await fullTwin(scene);
          const { json } = await scene.api.call({ path: `/twins/${id}` });
          return { segments: { id }, body: json };
        },
        {
          of: ({ json }) => [json.tags, json.properties.desired.nested, json.properties.desired.$version],
          is: [OF_EVERY_KIND, OF_EVERY_KIND.nested, 3],
        },
      ),
      succeeds('an empty body', writing({})),
      succeeds('sections that are null', writing({ tags: null, properties: { desired: null } })),
      refused('ArgumentInvalid', 'properties that are no object', writing({ properties: 1 })),
      ...SECTION_CASES,
      ...cases,
    ],
  };
}

export const TWIN_SUBJECTS: Subjects = {
  Devices_GetTwin: {
    async valid(scene, id) {
      await fullTwin(scene, id);
      return { segments: { id } };
    },
    unknownId: { code: 'DeviceNotFound' },
    impossibleId: { code: 'DeviceNotFound' },
    cases: [
      succeeds(
        'a device that is disabled',
        async ({ api, newId }) => {
          const id = newId();
          await api.call({ method: 'PUT', path: `/devices/${id}`, body: { status: 'disabled', statusReason: 'In repair.' } });
          return { segments: { id } };
        },
        { of: ({ json }) => [json.status, json.statusReason], is: ['disabled', 'In repair.'] },
      ),
      succeeds(
        'a device that is connected',
        async ({ connectedDevice }) => ({ segments: { id: (await connectedDevice(answering())).deviceId } }),
        { of: ({ json }) => json.connectionState, is: 'Connected' },
      ),
      succeeds(
        'a device that announced a model',
        async ({ connectedDevice, newId }) => ({
          segments: { id: (await connectedDevice(answering(), newId(), 'dtmi:com:example:Lamp;1')).deviceId },
        }),
        { of: ({ json }) => json.modelId, is: 'dtmi:com:example:Lamp;1' },
      ),
    ],
  },
  Devices_UpdateTwin: writeSubject([
    succeeds(
      'a null, which removes a key',
      async (scene) => ({ segments: { id: await fullTwin(scene) }, body: { tags: { text: null } } }),
      { of: ({ json }) => Object.keys(json.tags).toSorted(), is: ['empty', 'flag', 'list', 'nested', 'number'] },
    ),
  ]),
  Devices_ReplaceTwin: writeSubject([
    succeeds(
      'one section, which wipes the other',
      async (scene) => ({ segments: { id: await fullTwin(scene) }, body: { tags: { floor: 1 } } }),
      { of: ({ json }) => [json.tags, Object.keys(json.properties.desired)], is: [{ floor: 1 }, ['$metadata', '$version']] },
    ),
  ]),
};
