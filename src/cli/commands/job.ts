// `twinhub job …`: the same work for many devices, at once or later.
import { InvalidArgumentError, Option, type Command } from 'commander';
import { JOB_STATUSES } from '../../domain/job/job.ts';
import { JOB_TYPES } from '../../domain/job/job-document.ts';
import type { JsonValue } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { SetupError } from '../../domain/setup-error.ts';
import { CommandFailure, EXIT_CODES } from '../command-failure.ts';
import { type HubAnswer, type HubClient, segment } from '../hub-client.ts';
import { readJsonText } from '../input.ts';
import { isSuccess } from '../job-progress.ts';
import { listOf, numberAt, pairs, printAnswer, table, textAt, valueAt } from '../output.ts';
import { openSession, type Session } from '../session.ts';
import { watchJob } from '../watch-job.ts';

type CreateOptions = {
  readonly method?: string;
  readonly payload?: string;
  readonly responseTimeout?: number;
  readonly desired?: string;
  readonly tags?: string;
  readonly where: string;
  readonly start?: string;
  readonly window?: number;
  readonly watch?: true;
};

const EXAMPLES = `
The end of --watch is success (exit code 0) only if the job did its work on every device.

Examples:
  twinhub job create lock-1 --method lockDoor --where "tags.building = '43'" --watch
  twinhub job create floor-3 --desired '{"floor":3}' --where "deviceId IN ['a','b']" --start 2026-01-31T02:00:00Z --window 3600`;

export function addJobCommands(program: Command): void {
  const job = program.command('job').description('Call methods of many devices, or change their twins, at once or later.');
  job
    .command('create <id>')
    .description(
      'Create a job: --method, or --desired and --tags. It begins at its start and gives up on devices at the end of its window.',
    )
    .requiredOption('--where <condition>', 'Which devices: what stands after WHERE in a query, or * for every device.')
    .addOption(new Option('--method <name>', 'Call this direct method.').conflicts(['desired', 'tags']))
    .option('--payload <json>', 'Payload of the method: JSON, @FILE, or - for standard input. (default: null)')
    .option('--response-timeout <seconds>', 'How long a device may take to answer.', parseSeconds)
    .option('--desired <json>', 'Merge this into the desired properties: JSON, @FILE, or -.')
    .option('--tags <json>', 'Merge this into the tags: JSON, @FILE, or -.')
    .option('--start <time>', 'ISO-8601 time. (default: this moment)')
    .option('--window <seconds>', `How long the job waits for devices. (default: ${LIMITS.jobWindowDefaultSeconds.value})`, parseSeconds)
    .option('--watch', 'Show how far it is, until it is over.')
    .addHelpText('after', EXAMPLES)
    .action(createJob);
  job.command('show <id>').description('Show a job.').option('--watch', 'Show how far it is, until it is over.').action(showJob);
  job
    .command('list')
    .description('List the newest jobs, at most 1000.')
    .addOption(new Option('--status <status>', 'Only jobs with this status.').choices(JOB_STATUSES))
    .addOption(new Option('--type <type>', 'Only jobs of this type.').choices(Object.values(JOB_TYPES)))
    .action(listJobs);
  job
    .command('cancel <id>')
    .description('End a job, also one that runs: it calls no more devices, and waits for the answers that are to come.')
    .action(cancelJob);
}

async function createJob(this: Command, jobId: string): Promise<void> {
  const options = this.opts<CreateOptions>();
  const body = await jobBody(jobId, options);
  const session = await openSession(this);
  const created = await session.hub.send({ method: 'PUT', path: jobPath(jobId), body });
  if (options.watch) await watch(session, jobId);
  else printAnswer(created, session.json, describeJob);
}

async function showJob(this: Command, jobId: string): Promise<void> {
  const options = this.opts<{ readonly watch?: true }>();
  const session = await openSession(this);
  if (options.watch) await watch(session, jobId);
  else printAnswer(await readJob(session.hub, jobId), session.json, describeJob);
}

async function listJobs(this: Command): Promise<void> {
  const { status: jobStatus, type: jobType } = this.opts<{ readonly status?: string; readonly type?: string }>();
  const { hub, json } = await openSession(this);
  const query = { pageSize: String(LIMITS.queryPageMax.value), ...(jobStatus && { jobStatus }), ...(jobType && { jobType }) };
  printAnswer(await hub.send({ method: 'GET', path: '/jobs/v2/query', query }), json, describeJobs);
}

async function cancelJob(this: Command, jobId: string): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'POST', path: `/hub/jobs/${segment(jobId)}/cancel` }), json, describeJob);
}

async function watch({ hub, json }: Session, jobId: string): Promise<void> {
  const last = await watchJob(() => readJob(hub, jobId), json);
  printAnswer(last, json, describeJob);
  if (!isSuccess(last.value)) process.exitCode = EXIT_CODES.failed;
}

/** @throws CommandFailure for a job that the hub does not know, which the API tells without an error. */
async function readJob(hub: HubClient, jobId: string): Promise<HubAnswer> {
  const answer = await hub.send({ method: 'GET', path: jobPath(jobId) });
  if (textAt(answer.value, 'status') !== 'unknown') return answer;
  throw new CommandFailure(`There is no job '${jobId}'. List those there are with \`twinhub job list\`.`);
}

function jobPath(jobId: string): string {
  return `/jobs/v2/${segment(jobId)}`;
}

/** JSON of the user goes in as text, so that no number in it changes. */
async function jobBody(jobId: string, options: CreateOptions): Promise<string> {
  const { where: queryCondition, start: startTime, window: maxExecutionTimeInSeconds } = options;
  const others = JSON.stringify({ jobId, queryCondition, startTime, maxExecutionTimeInSeconds });
  return `${others.slice(0, -1)},${options.method === undefined ? await twinWork(options) : await methodWork(options)}}`;
}

async function methodWork({ method: methodName, payload, responseTimeout: responseTimeoutInSeconds }: CreateOptions): Promise<string> {
  const others = JSON.stringify({ methodName, responseTimeoutInSeconds });
  const payloadText = payload === undefined ? 'null' : await readJsonText(payload);
  return `"type":"${JOB_TYPES.method}","cloudToDeviceMethod":${others.slice(0, -1)},"payload":${payloadText}}`;
}

async function twinWork({ desired, tags, payload, responseTimeout }: CreateOptions): Promise<string> {
  if (payload !== undefined || responseTimeout !== undefined) {
    throw new SetupError('usage', '--payload and --response-timeout belong to a method. Name it with --method.');
  }
  if (desired === undefined && tags === undefined) {
    throw new SetupError('usage', 'The job has nothing to do. Give --method, or --desired and --tags.');
  }
  const desiredPart = desired === undefined ? '' : `,"properties":{"desired":${await readJsonText(desired)}}`;
  const tagsPart = tags === undefined ? '' : `,"tags":${await readJsonText(tags)}`;
  return `"type":"${JOB_TYPES.twinPatch}","updateTwin":{"etag":"*"${desiredPart}${tagsPart}}`;
}

function describeJob(job: JsonValue | undefined): string {
  const count = (name: string): string => textAt(job, 'deviceJobStatistics', name);
  const method = valueAt(job, 'cloudToDeviceMethod');
  return pairs([
    ['job', textAt(job, 'jobId')],
    ['status', textAt(job, 'status')],
    ['reason', textAt(job, 'failureReason')],
    ['type', textAt(job, 'type')],
    ['method', textAt(method, 'methodName')],
    ['payload', method === undefined ? '' : JSON.stringify(valueAt(method, 'payload') ?? null)],
    ['desired', textAt(job, 'updateTwin', 'properties', 'desired')],
    ['tags', textAt(job, 'updateTwin', 'tags')],
    ['where', textAt(job, 'queryCondition')],
    ['created', textAt(job, 'createdTime')],
    ['start', textAt(job, 'startTime')],
    ['window', `${textAt(job, 'maxExecutionTimeInSeconds')} s`],
    ['end', endOf(job)],
    ['devices', count('deviceCount')],
    ['succeeded', count('succeededCount')],
    ['failed', count('failedCount')],
    ['running', count('runningCount')],
    ['pending', count('pendingCount')],
    ['canceled', count('canceledCount')],
  ]);
}

function describeJobs(value: JsonValue | undefined): string {
  const jobs = listOf(value);
  if (jobs.length === 0) return 'No jobs. Create one with `twinhub job create ID`.';
  const rows = jobs.map((job) => [
    textAt(job, 'jobId'),
    textAt(job, 'type'),
    textAt(job, 'status'),
    textAt(job, 'startTime'),
    ...['deviceCount', 'succeededCount', 'failedCount'].map((name) => String(numberAt(job, 'deviceJobStatistics', name))),
  ]);
  return table(['JOB', 'TYPE', 'STATUS', 'START', 'DEVICES', 'SUCCEEDED', 'FAILED'], rows);
}

/** The year 9999 stands for an end that is still to come (behaviour 6.3). */
function endOf(job: JsonValue | undefined): string {
  const time = textAt(job, 'endTime');
  return time.startsWith('9999-') ? '' : time;
}

function parseSeconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is no whole number of seconds.');
  return Number(text);
}
