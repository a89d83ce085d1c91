// How the calls of digital twins are exercised.
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Case, refused, type Subject, type Subjects, succeeds } from '../case.ts';
import { answering, type DeviceSide, type Request, type Scene } from '../scene.ts';
import { withoutAnswerCases } from './methods.ts';

const MODEL = 'dtmi:com:example:TemperatureController;1';

/** A device with a model, properties and components. */
async function fullTwin({ api, connectedDevice }: Scene, deviceId?: string): Promise<string> {
  const device = await connectedDevice(answering(), deviceId, MODEL);
  const id = device.deviceId;
  const desired = { fan: { speed: 1 }, thermostat: { __t: 'c', target: 21 } };
  await api.call({ method: 'PATCH', path: `/twins/${encodeURIComponent(id)}`, body: { properties: { desired } } });
  const acknowledgement = { value: 21, ac: 200, av: 2, ad: 'done' };
  const body = { serial: 'x', thermostat: { __t: 'c', max: 25, target: acknowledgement } };
  await api.hub.twins.report({ deviceId: id, body, baseVersion: undefined });
  return id;
}

function patching(...operations: readonly object[]): (scene: Scene) => Promise<Request> {
  return async (scene) => ({ segments: { id: await fullTwin(scene) }, body: operations });
}

const accepted = (title: string, ...operations: readonly object[]): Case => ({
  title,
  request: patching(...operations),
  expected: { status: 202 },
});

const add = (path: unknown, value: unknown): object => ({ op: 'add', path, value });

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { level: nested(levels - 1) };
}

const PATCH_SUBJECT: Subject = {
  async valid({ device }, id) {
    await device(id);
    return { segments: { id }, body: [add('/level', 1)] };
  },
  validStatus: 202,
  bodyBytes: LIMITS.twinBodyBytes.value,
  otherBody: 'InvalidDigitalTwinJsonPatch',
  unknownId: { code: 'DeviceNotFound' },
  impossibleId: { code: 'DeviceNotFound' },
  conditional: {
    async prepare(scene) {
      const id = await fullTwin(scene);
      const { headers } = await scene.api.call({ path: `/digitaltwins/${id}` });
      const etag = /^W\/"(.*)"$/.exec(String(headers['etag']))?.[1] ?? '';
      return { request: { segments: { id }, body: [add('/fan', { speed: 2 })] }, etag };
    },
    without: { status: 202 },
  },
  cases: [
    accepted('no operations'),
    accepted('a property', add('/fan', { speed: 2 })),
    accepted('a property of a component', add('/thermostat/target', 22)),
    accepted('a component', add('/thermostat', { target: 22, $metadata: {} })),
    accepted('the removal of a property', { op: 'remove', path: '/fan' }),
    accepted('the removal of a component', { op: 'remove', path: '/thermostat' }),
    accepted('the replacement of a property', { op: 'replace', path: '/thermostat/target', value: 22 }),
    accepted('the longest names', add(`/${'c'.repeat(LIMITS.dtdlNameChars.value)}/${'p'.repeat(LIMITS.dtdlNameChars.value)}`, 1)),
    accepted('the deepest value', add('/deep', nested(LIMITS.dtdlDepth.value))),
    accepted('as many operations as may be', ...Array.from({ length: LIMITS.digitalTwinOperations.value }, (_, n) => add(`/p${n}`, n))),
    refused(
      'InvalidDigitalTwinJsonPatch',
      'one operation more',
      patching(...Array.from({ length: LIMITS.digitalTwinOperations.value + 1 }, (_, n) => add(`/p${n}`, n))),
    ),
    ...['move', 'copy', 'test', 'ADD', undefined].map((op) =>
      refused('InvalidDigitalTwinJsonPatch', `the op ${String(op)}`, patching({ op, from: '/a', path: '/b', value: 1 })),
    ),
    refused('InvalidDigitalTwinJsonPatch', 'an operation without a value', patching({ op: 'add', path: '/a' })),
    refused('InvalidDigitalTwinJsonPatch', 'an operation without a path', patching({ op: 'add', value: 1 })),
    ...['', '/', '/a/b/c', '/$metadata', '/a.b', `/${'p'.repeat(LIMITS.dtdlNameChars.value + 1)}`].map((path) =>
      refused('InvalidDigitalTwinPatchPath', `the path ${JSON.stringify(path.slice(0, 20))}`, patching(add(path, 1))),
    ),
    refused('ArgumentInvalid', 'a null', patching(add('/fan', null))),
    refused('ArgumentInvalid', 'an array', patching(add('/fan', [1]))),
    refused('ArgumentInvalid', 'a deeper value', patching(add('/deep', nested(LIMITS.dtdlDepth.value + 1)))),
    refused('ArgumentInvalid', 'a component without its mark', patching(add('/thermostat', { target: 22 }))),
    refused('ArgumentInvalid', 'a component whose mark is not empty', patching(add('/thermostat', { $metadata: { target: {} } }))),
    refused('ArgumentInvalid', 'a property that the device alone writes', patching(add('/serial', 'y'))),
    refused('ArgumentInvalid', 'a path into what is no component', patching(add('/fan/speed', 2))),
    refused(
      'DeviceModelMaxPropertiesExceeded',
      'more than the twin holds',
      patching(...Array.from({ length: 9 }, (_, n) => add(`/p${n}`, 'x'.repeat(4096)))),
    ),
  ],
};

/** A command of a device that does so with it. */
function commanding(query: Request['query'], onCall: DeviceSide = answering(), body: unknown = {}): (scene: Scene) => Promise<Request> {
  return async ({ connectedDevice }) => {
    const { deviceId: id } = await connectedDevice(onCall);
    return { ...commandOf(id), ...(query && { query }), body };
  };
}

/** The path of each operation has those segments that it knows. */
function commandOf(id: string): Request {
  return { segments: { id, componentPath: 'thermostat', commandName: 'reset' } };
}

const COMMAND_SUBJECT: Subject = {
  async valid({ connectedDevice }, id) {
    await connectedDevice(answering(), id);
    return { ...commandOf(id), body: { delay: 1 } };
  },
  bodyBytes: LIMITS.methodBodyBytes.value,
  otherBody: 'optional',
  unknownId: { code: 'DeviceNotFound' },
  impossibleId: { code: 'DeviceNotFound' },
  cases: [
    ...[null, '', 'text', 0, -1.5, false, [1, null], { deep: [{}] }].map((payload) =>
      succeeds(`the payload ${JSON.stringify(payload)}`, commanding(undefined, answering(), payload), {
        of: ({ json }) => json,
        is: payload,
      }),
    ),
    ...[-1, 0, 404, 500, 2147483647].map((status) =>
      succeeds(`a device that answers with status ${status}`, commanding({}, answering({ status, payload: null })), {
        of: ({ json, headers }) => [json, headers['x-ms-command-statuscode']],
        is: [null, String(status)],
      }),
    ),
    succeeds('the largest payload', commanding({}, answering(), 'x'.repeat(LIMITS.methodPayloadBytes.value - 2))),
    refused('MessageTooLarge', 'a larger payload', commanding({}, answering(), 'x'.repeat(LIMITS.methodPayloadBytes.value - 1))),
    refused(
      'ArgumentInvalid',
      'a connect timeout beyond the other',
      commanding({ responseTimeoutInSeconds: '5', connectTimeoutInSeconds: '6' }),
    ),
    ...withoutAnswerCases({
      calling: (seconds, onCall) => commanding({ responseTimeoutInSeconds: String(seconds) }, onCall),
      callingAway: (seconds) => async (scene) => ({
        ...commandOf((await scene.device()).deviceId),
        query: { connectTimeoutInSeconds: String(seconds) },
      }),
    }),
  ],
};

export const DIGITAL_TWIN_SUBJECTS: Subjects = {
  DigitalTwin_GetDigitalTwin: {
    async valid(scene, id) {
      return { segments: { id: await fullTwin(scene, id) } };
    },
    unknownId: { code: 'DeviceNotFound' },
    impossibleId: { code: 'DeviceNotFound' },
    cases: [
      succeeds('a device with properties and components', async (scene) => ({ segments: { id: await fullTwin(scene) } }), {
        of: ({ json }) => [json.serial, json.thermostat.target, json.thermostat.$metadata.target.ackCode, json.$metadata.$model],
        is: ['x', 21, 200, MODEL],
      }),
      succeeds('a device of no model', async ({ device }) => ({ segments: { id: (await device()).deviceId } }), {
        of: ({ json }) => json.$metadata,
        is: {},
      }),
    ],
  },
  DigitalTwin_UpdateDigitalTwin: PATCH_SUBJECT,
  DigitalTwin_InvokeRootLevelCommand: COMMAND_SUBJECT,
  DigitalTwin_InvokeComponentCommand: COMMAND_SUBJECT,
};
