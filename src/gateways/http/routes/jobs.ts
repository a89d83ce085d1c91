// Jobs: scheduled direct methods and twin updates on many devices.
import { HubError } from '../../../domain/errors.ts';
import { JOB_TYPES, jobDocument, unknownJobDocument } from '../../../domain/job/job-document.ts';
import { JOB_STATUSES, type JobStatus, type JobWork } from '../../../domain/job/job.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { JobWithCounts } from '../../../ports/job-store.ts';
import { pageAnswer, pageRequestOf } from '../paging.ts';
import type { Route, RouteAnswer, RouteRequest } from '../route.ts';

export function jobRoutes({ jobs }: Hub): readonly Route[] {
  // The tutorials use the connection string of any of the policies service, registryReadWrite and iothubowner.
  const signIn = [['RegistryRead', 'RegistryWrite'], ['ServiceConnect']] as const;
  const oneJob = { path: '/jobs/v2/:jobId', signIn };
  return [
    {
      ...oneJob,
      method: 'PUT',
      maxBodyBytes: LIMITS.jobBodyBytes.value,
      handle: async ({ segment, body, by }) => jobAnswer(await jobs.create(segment('jobId'), body(), by())),
    },
    {
      ...oneJob,
      method: 'GET',
      async handle({ segment }): Promise<RouteAnswer> {
        const found = await jobs.get(segment('jobId'));
        return found ? jobAnswer(found) : { status: 200, body: unknownJobDocument(segment('jobId')) };
      },
    },
    {
      method: 'POST',
      path: '/jobs/v2/:jobId/cancel',
      signIn,
      handle: async ({ segment, by }) => jobAnswer(await jobs.cancel(segment('jobId'), by())),
    },
    {
      method: 'POST',
      path: '/hub/jobs/:jobId/cancel',
      signIn,
      handle: async ({ segment, by }) => jobAnswer(await jobs.stop(segment('jobId'), by())),
    },
    { method: 'GET', path: '/jobs/v2/query', signIn, handle: (request) => listJobs(jobs, request) },
  ];
}

function jobAnswer({ job, counts }: JobWithCounts): RouteAnswer {
  return { status: 200, body: jobDocument(job, counts) };
}

async function listJobs(jobs: Hub['jobs'], request: RouteRequest): Promise<RouteAnswer> {
  const kind = wanted(request, { parameter: 'jobType', known: KINDS, others: OTHER_TYPES });
  const status = wanted(request, { parameter: 'jobStatus', known: STATUSES, others: OTHER_STATUSES });
  const page = pageRequestOf(request);
  if (kind === 'none' || status === 'none') return pageAnswer({ itemType: 'JobResponse', items: [], continuation: undefined });
  const found = await jobs.list({ kind, status, ...page });
  const items = found.jobs.map(({ job, counts }) => jobDocument(job, counts));
  return pageAnswer({ itemType: 'JobResponse', items, continuation: found.continuation });
}

const KINDS: ReadonlyMap<string, JobWork['kind']> = new Map([
  [JOB_TYPES.method, 'method'],
  [JOB_TYPES.twinPatch, 'twinPatch'],
]);
const STATUSES: ReadonlyMap<string, JobStatus> = new Map(JOB_STATUSES.map((status) => [status, status]));

/** What the service knows beside them (behaviour 6.2, 11), and no job of this hub ever has. */
const OTHER_TYPES = [
  'unknown',
  'export',
  'import',
  'backup',
  'readDeviceProperties',
  'writeDeviceProperties',
  'updateDeviceConfiguration',
  'rebootDevice',
  'factoryResetDevice',
  'firmwareUpdate',
  'restoreFromBackup',
  'failoverDataCopy',
];
const OTHER_STATUSES = ['unknown', 'enqueued'];

type Wanted<Value> = { readonly parameter: string; readonly known: ReadonlyMap<string, Value>; readonly others: readonly string[] };

/** `none` for a value that no job has, `undefined` without the parameter. @throws HubError ArgumentInvalid for any other value. */
function wanted<Value>({ query }: RouteRequest, { parameter, known, others }: Wanted<Value>): Value | 'none' | undefined {
  const text = query[parameter] ?? '';
  if (text === '') return undefined;
  const value = known.get(text);
  if (value !== undefined) return value;
  if (others.includes(text)) return 'none';
  throw new HubError('ArgumentInvalid', `'${parameter}' must be one of ${[...known.keys()].join(', ')}.`);
}
