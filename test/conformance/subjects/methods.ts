// How direct methods are exercised.
import { expect } from 'vitest';
import type { ModuleId } from '../../../src/domain/identity/identity-id.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Case, refused, type Subject, type Subjects, succeeds } from '../case.ts';
import { answering, type DeviceSide, type Request, type Scene } from '../scene.ts';

const RESPONSE = { min: LIMITS.methodResponseTimeoutMinSeconds.value, max: LIMITS.methodResponseTimeoutMaxSeconds.value };
const CONNECT_MAX = LIMITS.methodConnectTimeoutMaxSeconds.value;
const PAYLOAD_BYTES = LIMITS.methodPayloadBytes.value;
const NAME_CHARS = LIMITS.methodNameChars.value;

/** Who is called: a device or a module. */
type Callee = {
  readonly connected: (scene: Scene, onCall: DeviceSide, id?: Partial<ModuleId>) => Promise<Segments>;
  readonly away: (scene: Scene) => Promise<Segments>;
};

type Segments = { readonly deviceId: string; readonly moduleId?: string };

const DEVICE: Callee = {
  connected: async ({ connectedDevice }, onCall, id) => ({ deviceId: (await connectedDevice(onCall, id?.deviceId)).deviceId }),
  away: async ({ device }) => ({ deviceId: (await device()).deviceId }),
};

const MODULE: Callee = {
  async connected({ connectedModule }, onCall, id): Promise<Segments> {
    const { deviceId, moduleId } = await connectedModule(onCall, id);
    return { deviceId, moduleId };
  },
  async away({ module }): Promise<Segments> {
    const { deviceId, moduleId } = await module();
    return { deviceId, moduleId };
  },
};

/** A payload whose JSON has that many bytes. */
function payloadOf(bytes: number): string {
  return 'x'.repeat(bytes - 2);
}

/** How one operation makes a call: of a device that does so with it, and of one that is away. */
type Callers = {
  readonly calling: (responseSeconds: number, onCall: DeviceSide) => (scene: Scene) => Promise<Request>;
  readonly callingAway: (connectSeconds: number) => (scene: Scene) => Promise<Request>;
};

/** What becomes of a call that no device answers as it should. */
export function withoutAnswerCases({ calling: callingDevice, callingAway: callingNobody }: Callers): readonly Case[] {
  return [
    refused('DeviceNotOnline', 'a device that is away', callingNobody(0)),
    refused('DeviceNotOnline', 'a device that does not come in time', async (scene) => {
      const request = await callingNobody(5)(scene);
      void moveClockForNextCall(scene, 5000);
      return request;
    }),
    refused(
      'DeviceNotOnline',
      'a device that is lost during the call',
      callingDevice(RESPONSE.max, (connection) => connection.end()),
    ),
    refused('GatewayTimeout', 'a device that does not answer in time', async (scene) =>
      callingDevice(5, () => scene.api.clock.advance(5000))(scene),
    ),
    refused(
      'GenericBadGateway',
      'a device whose answer is none',
      callingDevice(RESPONSE.max, (connection, { requestId }) =>
        connection.answerMethod(requestId, { kind: 'refused', refusal: { code: 'GenericBadGateway', message: 'No JSON.' } }),
      ),
    ),
    refused('DeviceMaximumInflightMethodExceeded', 'one more call than may wait for a device', async (scene) => {
      const request = await callingDevice(RESPONSE.max, () => undefined)(scene);
      const { deviceId, moduleId, id = '' } = request.segments ?? {};
      const call = { methodName: 'wait', payload: null, responseTimeoutSeconds: RESPONSE.max, connectTimeoutSeconds: 0 };
      for (let waiting = 0; waiting < LIMITS.methodsInFlightPerDevice.value; waiting += 1) {
        scene.api.hub.methods.invoke({ deviceId: deviceId ?? id, moduleId }, call).catch(() => undefined);
      }
      return request;
    }),
  ];
}

export const METHOD_SUBJECTS: Subjects = {
  Devices_InvokeMethod: subjectOf(DEVICE),
  Modules_InvokeMethod: {
    ...subjectOf(MODULE),
    unknownModuleId: { code: 'ModuleNotFound' },
    impossibleModuleId: { code: 'ModuleNotFound' },
  },
};

function subjectOf({ connected, away }: Callee): Subject {
  /** A call of one that does so with it. */
  const calling =
    (body: object, onCall: DeviceSide = answering()): ((scene: Scene) => Promise<Request>) =>
    async (scene) => ({ segments: await connected(scene, onCall), body: { methodName: 'reboot', ...body } });
  const callingAway =
    (body: object = {}): ((scene: Scene) => Promise<Request>) =>
    async (scene) => ({ segments: await away(scene), body: { methodName: 'reboot', ...body } });
  return {
    async valid(scene, deviceId, moduleId) {
      const segments = await connected(scene, answering(), { deviceId, ...(moduleId !== undefined && { moduleId }) });
      return { segments, body: { methodName: 'reboot', payload: null } };
    },
    bodyBytes: LIMITS.methodBodyBytes.value,
    properties: { ignored: ['payload'], empty: { methodName: { code: 'ArgumentInvalid' } } },
    unknownId: { code: 'DeviceNotFound' },
    impossibleId: { code: 'DeviceNotFound' },
    cases: [
      ...[null, '', 'text', 0, -1.5, false, [1, null], { deep: [{}] }].map((payload) =>
        succeeds(`the payload ${JSON.stringify(payload)}`, calling({ payload }), { of: ({ json }) => json, is: { status: 200, payload } }),
      ),
      ...[-1, 0, 404, 500, 2147483647].map((status) =>
        succeeds(`a device that answers with status ${status}`, calling({}, answering({ status, payload: null })), {
          of: ({ json }) => json.status,
          is: status,
        }),
      ),
      succeeds('the largest payload', calling({ payload: payloadOf(PAYLOAD_BYTES) })),
      refused('MessageTooLarge', 'a larger payload', calling({ payload: payloadOf(PAYLOAD_BYTES + 1) })),
      succeeds('the longest name', calling({ methodName: 'm'.repeat(NAME_CHARS) })),
      refused('ArgumentInvalid', 'a longer name', calling({ methodName: 'm'.repeat(NAME_CHARS + 1) })),
      refused('ArgumentInvalid', 'an empty name', calling({ methodName: '' })),
      refused('ArgumentInvalid', 'no name', calling({ methodName: undefined })),
      refused('ArgumentInvalid', 'a name with a space', calling({ methodName: 're boot' })),
      succeeds('the shortest timeout', calling({ responseTimeoutInSeconds: RESPONSE.min })),
      succeeds('the longest timeouts', calling({ responseTimeoutInSeconds: RESPONSE.max, connectTimeoutInSeconds: CONNECT_MAX })),
      refused('ArgumentInvalid', 'a shorter timeout', calling({ responseTimeoutInSeconds: RESPONSE.min - 1 })),
      refused('ArgumentInvalid', 'a longer timeout', calling({ responseTimeoutInSeconds: RESPONSE.max + 1 })),
      refused('ArgumentInvalid', 'a timeout that is no whole number', calling({ responseTimeoutInSeconds: 5.5 })),
      refused('ArgumentInvalid', 'a negative connect timeout', calling({ connectTimeoutInSeconds: -1 })),
      refused(
        'ArgumentInvalid',
        'a connect timeout beyond the other',
        calling({ responseTimeoutInSeconds: 5, connectTimeoutInSeconds: 6 }),
      ),
      ...withoutAnswerCases({
        calling: (responseTimeoutInSeconds, onCall) => calling({ responseTimeoutInSeconds }, onCall),
        callingAway: (connectTimeoutInSeconds) => callingAway({ connectTimeoutInSeconds }),
      }),
    ],
  };
}

/** Moves the clock as soon as the call that comes next waits for it. */
async function moveClockForNextCall({ api: { clock } }: Scene, byMs: number): Promise<void> {
  const before = clock.pendingTimers;
  await expect.poll(() => clock.pendingTimers).toBeGreaterThan(before);
  clock.advance(byMs);
}
