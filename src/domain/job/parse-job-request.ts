// What a caller asks a job to be, read from the body of a request (behaviour 6.1).
import { HubError } from '../errors.ts';
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { parseDirectMethodCall } from '../method/direct-method.ts';
import { parseIsoTime, toIsoTime } from '../time.ts';
import { parseTwinSections } from '../twin/parse-twin-change.ts';
import type { Job, JobWork } from './job.ts';

/** The letters of behaviour 6.1 and the apostrophe of live facts, Jobs; upper case because samples use uuids of either case. */
const JOB_ID = /^[A-Za-z0-9\-']+$/;

/**
 * Reads the body of `PUT /jobs/v2/{jobId}` into the job as it begins. A start in the past, or none, means this moment. The condition is not
 * parsed: one that is wrong fails the job when it starts (live facts, Jobs). Unknown fields are ignored.
 * @throws HubError ArgumentInvalid or ArgumentNull that names the field, GenericBadRequest for an unknown type, MessageTooLarge for the
 * payload of a method.
 */
export function parseJobRequest(request: { readonly jobId: string; readonly body: JsonValue; readonly nowMs: number }): Job {
  const { body, nowMs } = request;
  if (!isJsonObject(body)) throw invalid('The body must be a JSON object with type and queryCondition.');
  return {
    jobId: parseJobId(request.jobId, body),
    work: parseWork(body),
    condition: parseConditionText(body),
    createdTime: toIsoTime(nowMs),
    startTime: parseStartTime(body, nowMs),
    maxExecutionTimeSeconds: parseWindow(body),
    status: 'queued',
    expansion: { kind: 'open', afterDeviceId: undefined },
    endTime: undefined,
    failureReason: undefined,
  };
}

/** The body repeats the id of the path, or leaves it out. */
function parseJobId(jobId: string, body: JsonObject): string {
  const maxChars = LIMITS.jobIdChars.value;
  if (jobId.length > maxChars || !JOB_ID.test(jobId)) {
    throw invalid(`A job id has 1 to ${maxChars} characters: ASCII letters, digits, - and '.`);
  }
  // The path of this id is that of the list of jobs.
  if (jobId === 'query') throw invalid("A job cannot have the id 'query'.");
  const repeated = ownValue(body, 'jobId') ?? jobId;
  if (repeated !== jobId) throw invalid(`'jobId' in the body must be the one in the path, '${jobId}'.`);
  return jobId;
}

function parseWork(body: JsonObject): JobWork {
  const type = ownValue(body, 'type');
  if (type === 'scheduleDeviceMethod') return parseMethod(required(body, 'cloudToDeviceMethod'));
  if (type === 'scheduleUpdateTwin') return parseTwinPatch(required(body, 'updateTwin'));
  throw new HubError('GenericBadRequest', "'type' must be scheduleDeviceMethod or scheduleUpdateTwin.");
}

/** A connect timeout is read and has no meaning: a device that is away is waited for until the window is over. */
function parseMethod(value: JsonValue): JobWork {
  const { methodName, payload, responseTimeoutSeconds } = parseDirectMethodCall(value);
  return { kind: 'method', methodName, payload, responseTimeoutSeconds };
}

function parseTwinPatch(value: JsonValue): JobWork {
  const sections = parseTwinSections(value);
  if (!isJsonObject(value) || ownValue(value, 'etag') !== '*') {
    // The words of the service (behaviour 6.1).
    throw invalid(
      "Missing or invalid etag for job type ScheduleUpdateTwin. ScheduleUpdateTwin job type is a force update, which only accepts '*' as the Etag.",
    );
  }
  return { kind: 'twinPatch', ...sections };
}

function parseConditionText(body: JsonObject): string {
  const condition = required(body, 'queryCondition');
  if (typeof condition !== 'string') throw invalid("'queryCondition' must be a string, what stands after WHERE in a query.");
  // To mean every device by nothing is too easy to do by mistake.
  if (condition.trim() === '') throw new HubError('ArgumentNull', "'queryCondition' is empty. Give a condition, or * for every device.");
  const maxChars = LIMITS.queryChars.value;
  if (condition.length > maxChars) throw invalid(`'queryCondition' has at most ${maxChars} characters.`);
  return condition;
}

function parseStartTime(body: JsonObject, nowMs: number): string {
  const text = ownValue(body, 'startTime') ?? toIsoTime(nowMs);
  const startMs = typeof text === 'string' ? parseIsoTime(text) : undefined;
  if (startMs === undefined) throw invalid("'startTime' must be an ISO-8601 time such as 2026-01-31T02:00:00Z, or null for this moment.");
  const maxSeconds = LIMITS.jobStartAheadMaxSeconds.value;
  if (startMs > nowMs + maxSeconds * 1000) throw invalid(`'startTime' must be within ${maxSeconds / 3600} hours from now.`);
  return toIsoTime(Math.max(startMs, nowMs));
}

function parseWindow(body: JsonObject): number {
  const seconds = ownValue(body, 'maxExecutionTimeInSeconds') ?? LIMITS.jobWindowDefaultSeconds.value;
  const maxSeconds = LIMITS.jobWindowMaxSeconds.value;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > maxSeconds) {
    throw invalid(`maxExecutionTimeInSeconds must be a whole number of seconds within [1, ${maxSeconds}].`);
  }
  return seconds;
}

function required(body: JsonObject, field: string): JsonValue {
  const value = ownValue(body, field) ?? null;
  if (value === null) throw new HubError('ArgumentNull', `'${field}' is missing.`);
  return value;
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
