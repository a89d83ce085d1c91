// How the calls of twins, of devices and of modules, are exercised.
import type { IdentityId, ModuleId } from '../../../src/domain/identity/identity-id.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Case, refused, type Subject, type Subjects, succeeds } from '../case.ts';
import { answering, type Request, type Scene } from '../scene.ts';
import { edgeDevice } from './devices.ts';

/** Values of every kind that a section may hold. */
const OF_EVERY_KIND = {
  text: 'a',
  number: 1.5,
  flag: true,
  list: [1, 'two', [false], { four: 4 }],
  nested: { deep: { down: '' } },
  empty: {},
};

/** Whose twin it is: a device's or a module's. */
type Owner = {
  readonly make: (scene: Scene, id?: Partial<ModuleId>) => Promise<IdentityId>;
  readonly pathOf: (id: IdentityId) => string;
  readonly segmentsOf: (id: IdentityId) => Record<string, string>;
};

const DEVICE: Owner = {
  make: async ({ device }, id) => ({ deviceId: (await device(id?.deviceId)).deviceId }),
  pathOf: ({ deviceId }) => `/twins/${encodeURIComponent(deviceId)}`,
  segmentsOf: ({ deviceId }) => ({ id: deviceId }),
};

const MODULE: Owner = {
  async make({ module }, id): Promise<IdentityId> {
    const { deviceId, moduleId } = await module(id);
    return { deviceId, moduleId };
  },
  pathOf: ({ deviceId, moduleId = '' }) => `/twins/${encodeURIComponent(deviceId)}/modules/${encodeURIComponent(moduleId)}`,
  segmentsOf: ({ deviceId, moduleId = '' }) => ({ id: deviceId, mid: moduleId }),
};

/** A twin that has something in every section. */
async function fullTwin(owner: Owner, scene: Scene, given?: Partial<ModuleId>): Promise<IdentityId> {
  const id = await owner.make(scene, given);
  const body = { tags: OF_EVERY_KIND, properties: { desired: OF_EVERY_KIND } };
  await scene.api.call({ method: 'PATCH', path: owner.pathOf(id), body });
  await scene.api.hub.twins.report({ ...id, body: OF_EVERY_KIND, baseVersion: undefined });
  return id;
}

function writing(owner: Owner, body: object): (scene: Scene) => Promise<Request> {
  return async (scene) => ({ segments: owner.segmentsOf(await owner.make(scene)), body });
}

function namedAs(deviceId: string, moduleId: string | undefined): Partial<ModuleId> {
  return { deviceId, ...(moduleId !== undefined && { moduleId }) };
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

function sectionCases(owner: Owner): readonly Case[] {
  return SECTIONS.flatMap((section) => casesOf(owner, section));
}

function casesOf(owner: Owner, { name, maxBytes, bodyOf }: (typeof SECTIONS)[number]): readonly Case[] {
  const writingSection = (section: object): ((scene: Scene) => Promise<Request>) => writing(owner, bodyOf(section));
  return [
    succeeds(`${name} of every kind`, writingSection(OF_EVERY_KIND)),
    succeeds(`the largest ${name}`, writingSection(sectionOf(maxBytes))),
    refused('DeviceModelMaxPropertiesExceeded', `larger ${name}`, writingSection(sectionOf(maxBytes + 1))),
    succeeds(`the deepest ${name}`, writingSection(nested(LIMITS.twinDepth.value))),
    refused('ArgumentInvalid', `deeper ${name}`, writingSection(nested(LIMITS.twinDepth.value + 1))),
    succeeds(`the longest text in ${name}`, writingSection({ text: 'x'.repeat(LIMITS.twinStringBytes.value) })),
    refused('ArgumentInvalid', `a longer text in ${name}`, writingSection({ text: 'x'.repeat(LIMITS.twinStringBytes.value + 1) })),
    succeeds(`the longest key in ${name}`, writingSection({ ['k'.repeat(LIMITS.twinKeyBytes.value)]: 1 })),
    refused('ArgumentInvalid', `a longer key in ${name}`, writingSection({ ['k'.repeat(LIMITS.twinKeyBytes.value + 1)]: 1 })),
    succeeds(`the largest and smallest integer in ${name}`, writingSection({ max: 4503599627370495, min: -4503599627370496 })),
    refused('ArgumentInvalid', `a larger integer in ${name}`, writingSection({ max: 4503599627370496 })),
    refused('ArgumentInvalid', `a smaller integer in ${name}`, writingSection({ min: -4503599627370497 })),
    ...['a.b', '$a', 'a#', 'a b', 'a\u0001'].map((key) =>
      refused('ArgumentInvalid', `the key ${JSON.stringify(key)} in ${name}`, writingSection({ [key]: 1 })),
    ),
    refused('ArgumentInvalid', `null inside a list of ${name}`, writingSection({ list: [1, null] })),
    refused('ArgumentInvalid', `a list in place of ${name}`, writingSection([])),
  ];
}

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

function writeSubject(owner: Owner, cases: readonly Case[]): Subject {
  return {
    async valid(scene, deviceId, moduleId) {
      const id = await owner.make(scene, namedAs(deviceId, moduleId));
      return { segments: owner.segmentsOf(id), body: { tags: { floor: 2 }, properties: { desired: { on: true } } } };
    },
    bodyBytes: LIMITS.twinBodyBytes.value,
    properties: { ignored: NOT_WRITTEN },
    ...UNKNOWN,
    conditional: {
      async prepare(scene) {
        const id = await fullTwin(owner, scene);
        const { json } = await scene.api.call({ path: owner.pathOf(id) });
        return { request: { segments: owner.segmentsOf(id), body: { tags: { floor: 3 } } }, etag: json.etag };
      },
      without: { status: 200 },
    },
    cases: [
      succeeds(
        'what a GET of the twin answered',
        async (scene) => {
          const id = await fullTwin(owner, scene);
          const { json } = await scene.api.call({ path: owner.pathOf(id) });
          return { segments: owner.segmentsOf(id), body: json };
        },
        {
          of: ({ json }) => [json.tags, json.properties.desired.nested, json.properties.desired.$version],
          is: [OF_EVERY_KIND, OF_EVERY_KIND.nested, 3],
        },
      ),
      succeeds('an empty body', writing(owner, {})),
      succeeds('sections that are null', writing(owner, { tags: null, properties: { desired: null } })),
      refused('ArgumentInvalid', 'properties that are no object', writing(owner, { properties: 1 })),
      ...sectionCases(owner),
      ...cases,
    ],
  };
}

/** DeviceNotFound stands also for a module (measured). */
const UNKNOWN = {
  unknownId: { code: 'DeviceNotFound' },
  impossibleId: { code: 'DeviceNotFound' },
  unknownModuleId: { code: 'DeviceNotFound' },
  impossibleModuleId: { code: 'DeviceNotFound' },
} as const satisfies Partial<Subject>;

function readSubject(owner: Owner, cases: readonly Case[]): Subject {
  return {
    async valid(scene, deviceId, moduleId) {
      return { segments: owner.segmentsOf(await fullTwin(owner, scene, namedAs(deviceId, moduleId))) };
    },
    ...UNKNOWN,
    cases,
  };
}

const RUNTIME = refused('SystemModuleModifyUnauthorizedAccess', 'a module of the edge runtime', async (scene) => ({
  segments: { id: await edgeDevice(scene), mid: '$edgeAgent' },
  body: { tags: { floor: 1 } },
}));

function updateSubject(owner: Owner, cases: readonly Case[] = []): Subject {
  return writeSubject(owner, [
    ...cases,
    succeeds(
      'a null, which removes a key',
      async (scene) => ({ segments: owner.segmentsOf(await fullTwin(owner, scene)), body: { tags: { text: null } } }),
      { of: ({ json }) => Object.keys(json.tags).toSorted(), is: ['empty', 'flag', 'list', 'nested', 'number'] },
    ),
  ]);
}

function replaceSubject(owner: Owner, cases: readonly Case[] = []): Subject {
  return writeSubject(owner, [
    ...cases,
    succeeds(
      'one section, which wipes the other',
      async (scene) => ({ segments: owner.segmentsOf(await fullTwin(owner, scene)), body: { tags: { floor: 1 } } }),
      { of: ({ json }) => [json.tags, Object.keys(json.properties.desired)], is: [{ floor: 1 }, ['$metadata', '$version']] },
    ),
  ]);
}

export const TWIN_SUBJECTS: Subjects = {
  Devices_GetTwin: readSubject(DEVICE, [
    succeeds('a device behind an edge device', async (scene) => {
      const { json } = await scene.api.call({ path: `/devices/${await edgeDevice(scene)}` });
      const id = scene.newId();
      await scene.api.call({ method: 'PUT', path: `/devices/${id}`, body: { deviceScope: json.deviceScope } });
      return { segments: { id } };
    }),
    succeeds(
      'a device that is disabled',
      async ({ api, newId }) => {
        const id = newId();
        await api.call({ method: 'PUT', path: `/devices/${id}`, body: { status: 'disabled', statusReason: 'In repair.' } });
        return { segments: { id } };
      },
      { of: ({ json }) => [json.status, json.statusReason], is: ['disabled', 'In repair.'] },
    ),
    ...['selfSigned', 'certificateAuthority'].map((type) =>
      succeeds(
        `a device with the authentication type ${type}`,
        async ({ api, newId }) => {
          const id = newId();
          const x509Thumbprint = { primaryThumbprint: 'aB'.repeat(20) };
          await api.call({ method: 'PUT', path: `/devices/${id}`, body: { authentication: { type, x509Thumbprint } } });
          return { segments: { id } };
        },
        {
          of: ({ json }) => [json.authenticationType, json.x509Thumbprint.PrimaryThumbprint],
          is: [type, type === 'selfSigned' ? 'aB'.repeat(20) : null],
        },
      ),
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
  ]),
  Devices_UpdateTwin: updateSubject(DEVICE),
  Devices_ReplaceTwin: replaceSubject(DEVICE),
  Modules_GetTwin: readSubject(MODULE, [
    succeeds('a module of the edge runtime', async (scene) => ({ segments: { id: await edgeDevice(scene), mid: '$edgeAgent' } }), {
      of: ({ json }) => json.authenticationType,
      is: 'none',
    }),
    succeeds(
      'a module of a device that is disabled',
      async ({ api, module }) => {
        const { deviceId, moduleId } = await module();
        await api.call({ method: 'PUT', path: `/devices/${deviceId}`, ifMatch: '*', body: { status: 'disabled' } });
        return { segments: { id: deviceId, mid: moduleId } };
      },
      { of: ({ json }) => json.status, is: 'enabled' },
    ),
    succeeds(
      'a module that is connected',
      async ({ connectedModule }) => {
        const { deviceId, moduleId } = await connectedModule(answering());
        return { segments: { id: deviceId, mid: moduleId } };
      },
      { of: ({ json }) => json.connectionState, is: 'Connected' },
    ),
  ]),
  Modules_UpdateTwin: updateSubject(MODULE, [RUNTIME]),
  Modules_ReplaceTwin: replaceSubject(MODULE, [RUNTIME]),
};
