// How jobs are exercised.
import { expect } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Case, refused, type Subjects, succeeds } from '../case.ts';
import { answering, type Request, type Scene } from '../scene.ts';

/** The clock of a scene stands at the first of January, or a few minutes later. */
const NEXT_DAY = '2026-01-02T12:00:00Z';
const PATH = '/jobs/v2/';

const METHOD_WORK = { type: 'scheduleDeviceMethod', cloudToDeviceMethod: { methodName: 'reboot', payload: { delay: 1 } } };
const TWIN_WORK = { type: 'scheduleUpdateTwin', updateTwin: { etag: '*', tags: { floor: 1 }, properties: { desired: { on: true } } } };

function methodJob(body: object = {}): object {
  return { ...METHOD_WORK, queryCondition: 'false', ...body };
}

function twinJob(body: object = {}): object {
  return { ...TWIN_WORK, queryCondition: 'false', ...body };
}

/** Makes a job and waits until it is so. @returns its id. */
async function jobThat({ api, newId }: Scene, status: string, body: object): Promise<string> {
  const id = newId();
  await api.call({ method: 'PUT', path: `${PATH}${id}`, body });
  await expect.poll(async () => (await api.call({ path: `${PATH}${id}` })).json.status).toBe(status);
  return id;
}

const SCHEDULED = (scene: Scene): Promise<string> => jobThat(scene, 'scheduled', methodJob({ startTime: NEXT_DAY }));
const FAILED = (scene: Scene): Promise<string> => jobThat(scene, 'failed', twinJob({ queryCondition: 'no condition' }));

async function runningJob(scene: Scene): Promise<string> {
  const { deviceId } = await scene.device();
  const id = await jobThat(scene, 'running', methodJob({ queryCondition: `deviceId = '${deviceId}'` }));
  await expect.poll(async () => (await scene.api.call({ path: `${PATH}${id}` })).json.deviceJobStatistics.pendingCount).toBe(1);
  return id;
}

async function cancelledJob(scene: Scene): Promise<string> {
  const id = await SCHEDULED(scene);
  await scene.api.call({ method: 'POST', path: `${PATH}${id}/cancel` });
  return id;
}

/** A job that was ended while it ran, which only the hub's own call can do. */
async function stoppedJob(scene: Scene): Promise<string> {
  const id = await runningJob(scene);
  await scene.api.call({ method: 'POST', path: `/hub/jobs/${id}/cancel` });
  await expect.poll(async () => (await scene.api.call({ path: `${PATH}${id}` })).json.deviceJobStatistics.canceledCount).toBe(1);
  return id;
}

/** A job of one device that is over. `methodFailed`: the device did not come in time. */
export async function endedJob(scene: Scene, kind: 'methodAnswered' | 'methodFailed' | 'twinPatched'): Promise<string> {
  const of = (deviceId: string): object => ({ queryCondition: `deviceId = '${deviceId}'` });
  switch (kind) {
    case 'methodAnswered':
      return jobThat(scene, 'completed', methodJob(of((await scene.connectedDevice(answering())).deviceId)));
    case 'twinPatched':
      return jobThat(scene, 'completed', twinJob(of((await scene.device()).deviceId)));
    case 'methodFailed': {
      const id = await runningJob(scene);
      scene.api.clock.advance(LIMITS.jobWindowDefaultSeconds.value * 1000);
      await expect.poll(async () => (await scene.api.call({ path: `${PATH}${id}` })).json.status).toBe('completed');
      return id;
    }
  }
}

/** @param statistics those that are not 0. */
function reading(title: string, id: (scene: Scene) => Promise<string>, { status, statistics }: ShownJob): Case {
  const request = async (scene: Scene): Promise<Request> => ({ segments: { id: await id(scene) } });
  return succeeds(title, request, { of: ({ json }) => [json.status, notZero(json.deviceJobStatistics ?? {})], is: [status, statistics] });
}

type ShownJob = { readonly status: string; readonly statistics: Readonly<Record<string, number>> };

function notZero(counts: Readonly<Record<string, number>>): object {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

function asking(body: object): (scene: Scene) => Request {
  return ({ newId }) => ({ segments: { id: newId() }, body });
}

const WINDOW_MAX = LIMITS.jobWindowMaxSeconds.value;

/** A start that far ahead of the hub's clock. */
function startingAhead(ms: number): (scene: Scene) => Request {
  return ({ api, newId }) => ({
    segments: { id: newId() },
    body: methodJob({ startTime: new Date(api.clock.nowMs() + ms).toISOString() }),
  });
}

const CREATE_CASES: readonly Case[] = [
  succeeds('a twin patch', asking(twinJob()), {
    of: ({ json }) => [json.status, json.updateTwin],
    is: ['queued', TWIN_WORK.updateTwin],
  }),
  succeeds('a twin patch of nulls', asking(twinJob({ updateTwin: { etag: '*', tags: null, properties: { desired: null } } }))),
  ...[null, 'text', [1]].map((payload) =>
    succeeds(`the payload ${JSON.stringify(payload)}`, asking(methodJob({ cloudToDeviceMethod: { methodName: 'reboot', payload } })), {
      of: ({ json }) => json.cloudToDeviceMethod.payload,
      is: payload,
    }),
  ),
  succeeds('a window of a second', asking(methodJob({ maxExecutionTimeInSeconds: 1 }))),
  succeeds('the longest window', asking(methodJob({ maxExecutionTimeInSeconds: WINDOW_MAX }))),
  refused('ArgumentInvalid', 'no window', asking(methodJob({ maxExecutionTimeInSeconds: 0 }))),
  refused('ArgumentInvalid', 'a longer window', asking(methodJob({ maxExecutionTimeInSeconds: WINDOW_MAX + 1 }))),
  succeeds('the latest start', startingAhead(LIMITS.jobStartAheadMaxSeconds.value * 1000)),
  refused('ArgumentInvalid', 'a later start', startingAhead(LIMITS.jobStartAheadMaxSeconds.value * 1000 + 1)),
  refused('ArgumentInvalid', 'a start that is no time', asking(methodJob({ startTime: 'tomorrow' }))),
  succeeds('the longest condition', asking(methodJob({ queryCondition: 'x'.repeat(LIMITS.queryChars.value) }))),
  refused('ArgumentInvalid', 'a longer condition', asking(methodJob({ queryCondition: 'x'.repeat(LIMITS.queryChars.value + 1) }))),
  refused('ArgumentNull', 'an empty condition', asking(methodJob({ queryCondition: ' ' }))),
  refused('ArgumentNull', 'no condition', asking(METHOD_WORK)),
  refused('ArgumentNull', 'no method', asking({ type: 'scheduleDeviceMethod', queryCondition: '*' })),
  refused('ArgumentNull', 'no twin patch', asking({ type: 'scheduleUpdateTwin', queryCondition: '*' })),
  refused('ArgumentInvalid', 'a twin patch without the etag *', asking(twinJob({ updateTwin: { tags: {} } }))),
  ...[{ tags: 'x' }, { properties: 'x' }, { properties: { desired: [] } }, { tags: { 'a.b': 1 } }].map((patch) =>
    refused('ArgumentInvalid', `the twin patch ${JSON.stringify(patch)}`, asking(twinJob({ updateTwin: { etag: '*', ...patch } }))),
  ),
  refused('ArgumentInvalid', 'another id in the body', asking(methodJob({ jobId: 'another' }))),
  refused('GenericBadRequest', 'no type', asking({ queryCondition: '*' })),
  refused('GenericBadRequest', 'a type that is no job of devices', asking(methodJob({ type: 'export' }))),
  refused(
    'MessageTooLarge',
    'a payload that is too large for a method',
    asking(methodJob({ cloudToDeviceMethod: { methodName: 'reboot', payload: 'x'.repeat(LIMITS.methodPayloadBytes.value - 1) } })),
  ),
  refused('JobAlreadyExists', 'an id that is taken', async (scene) => ({ segments: { id: await SCHEDULED(scene) }, body: methodJob() })),
];

export const JOB_SUBJECTS: Subjects = {
  Jobs_CreateScheduledJob: {
    valid: (_, id) => ({ segments: { id }, body: methodJob({ jobId: id }) }),
    bodyBytes: LIMITS.jobBodyBytes.value,
    properties: {
      // A method job has no twin patch.
      ignored: ['updateTwin', 'cloudToDeviceMethod.payload'],
      wrong: { type: { code: 'GenericBadRequest' } },
      empty: {
        type: { code: 'GenericBadRequest' },
        queryCondition: { code: 'ArgumentNull' },
        cloudToDeviceMethod: { code: 'ArgumentNull' },
        'cloudToDeviceMethod.methodName': { code: 'ArgumentInvalid' },
      },
    },
    impossibleId: { code: 'ArgumentInvalid' },
    cases: CREATE_CASES,
  },
  Jobs_GetScheduledJob: {
    async valid({ api }, id) {
      await api.call({ method: 'PUT', path: `${PATH}${encodeURIComponent(id)}`, body: methodJob({ startTime: NEXT_DAY }) });
      return { segments: { id } };
    },
    unknownId: { status: 200 },
    impossibleId: { status: 200 },
    cases: [
      reading('a job that is to start', SCHEDULED, { status: 'scheduled', statistics: {} }),
      reading('a job that runs', runningJob, { status: 'running', statistics: { deviceCount: 1, pendingCount: 1 } }),
      reading('a job whose method was answered', (scene) => endedJob(scene, 'methodAnswered'), {
        status: 'completed',
        statistics: { deviceCount: 1, succeededCount: 1 },
      }),
      reading('a job whose device did not come', (scene) => endedJob(scene, 'methodFailed'), {
        status: 'completed',
        statistics: { deviceCount: 1, failedCount: 1 },
      }),
      reading('a job that changed a twin', (scene) => endedJob(scene, 'twinPatched'), {
        status: 'completed',
        statistics: { deviceCount: 1, succeededCount: 1 },
      }),
      reading('a job whose condition does not parse', FAILED, { status: 'failed', statistics: {} }),
      reading('a job that was cancelled', cancelledJob, { status: 'cancelled', statistics: {} }),
      reading('a job that was ended while it ran', stoppedJob, {
        status: 'cancelled',
        statistics: { deviceCount: 1, canceledCount: 1 },
      }),
      reading('a job that nobody knows', ({ newId }) => Promise.resolve(newId()), { status: 'unknown', statistics: {} }),
    ],
  },
  Jobs_CancelScheduledJob: {
    async valid({ api }, id) {
      await api.call({ method: 'PUT', path: `${PATH}${encodeURIComponent(id)}`, body: methodJob({ startTime: NEXT_DAY }) });
      return { segments: { id } };
    },
    unknownId: { code: 'JobNotFound' },
    impossibleId: { code: 'JobNotFound' },
    cases: [
      ...Object.entries({ 'that runs': runningJob, 'that was cancelled': cancelledJob, 'that has failed': FAILED }).map(([state, id]) =>
        refused('OperationNotAllowedInCurrentState', `a job ${state}`, async (scene) => ({ segments: { id: await id(scene) } })),
      ),
      refused('OperationNotAllowedInCurrentState', 'a job that is completed', async (scene) => ({
        segments: { id: await endedJob(scene, 'twinPatched') },
      })),
    ],
  },
  Jobs_QueryScheduledJobs: {
    valid: () => ({}),
    cases: [
      succeeds('jobs of every kind', async (scene) => {
        await Promise.all([SCHEDULED(scene), FAILED(scene), cancelledJob(scene), endedJob(scene, 'twinPatched')]);
        return {};
      }),
      ...['0', 'many'].map((size) =>
        refused('ArgumentInvalid', `the page size ${size}`, () => ({ headers: { 'x-ms-max-item-count': size } })),
      ),
      refused('ArgumentInvalid', 'a continuation of another list', () => ({
        headers: { 'x-ms-continuation': Buffer.from('{"devices":"a"}').toString('base64url') },
      })),
    ],
  },
};
