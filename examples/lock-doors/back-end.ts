// Locks the doors that a condition selects and tells them where they are, with two jobs at the same time, and waits for both. Faults that
// pass (no connection, a busy or restarting hub) are tried again, with pauses that grow.
//
// Run it: IOTHUB_CONNECTION_STRING='HostName=…;SharedAccessKeyName=service;SharedAccessKey=…' node back-end.ts "deviceId IN ['door-1']"
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import azureIotHub from 'azure-iothub';

const { JobClient } = azureIotHub;

const connectionString = process.env['IOTHUB_CONNECTION_STRING'];
const condition = process.argv[2];
if (connectionString === undefined) {
  throw new Error('Set IOTHUB_CONNECTION_STRING, for example to what `twinhub policy connection-string service` prints.');
}
if (condition === undefined) throw new Error("Say which devices: node back-end.ts \"deviceId IN ['door-1', 'door-2']\"");

const WINDOW_SECONDS = 300;
const POLL_MS = 1000;
const TRIES = 6;
const FIRST_PAUSE_MS = 500;
/** Errors of the SDK that may be gone at the next try; those of the network have a code in place of a name. */
const TRANSIENT_NAMES = ['ThrottlingError', 'InternalServerError', 'ServiceUnavailableError'];
const TRANSIENT_CODES = ['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN'];

type JobDocument = {
  jobId: string;
  status: string;
  failureReason?: string;
  deviceJobStatistics?: { deviceCount: number; succeededCount: number; failedCount: number };
};

const client = JobClient.fromConnectionString(connectionString);
const lock = { methodName: 'lockDoor', payload: null, responseTimeoutInSeconds: 15 };
const place = { etag: '*', properties: { desired: { building: '43', floor: 3 } } };

const jobs = await Promise.all([
  run('lock', (jobId) => client.scheduleDeviceMethod(jobId, condition, lock, new Date(), WINDOW_SECONDS)),
  run('place', (jobId) => client.scheduleTwinUpdate(jobId, condition, place, new Date(), WINDOW_SECONDS)),
]);
process.exitCode = jobs.every(({ status, deviceJobStatistics }) => status === 'completed' && deviceJobStatistics?.failedCount === 0)
  ? 0
  : 1;

/** Schedules one job and waits for its end. */
async function run(name: string, schedule: (jobId: string) => Promise<unknown>): Promise<JobDocument> {
  const jobId = `${name}-${randomUUID()}`;
  await withRetries(() => scheduleOnce(jobId, schedule));
  console.log(`${name}: scheduled as ${jobId}`);
  let shown = '';
  for (;;) {
    const job: JobDocument = (await withRetries(() => client.getJob(jobId))).jobStatus;
    const line = describe(job);
    if (line !== shown) console.log(`${name}: ${line}`);
    shown = line;
    if (['completed', 'failed', 'cancelled'].includes(job.status)) return job;
    await pause(POLL_MS);
  }
}

/** A try whose answer got lost may have worked: then the job is there already, and that is as good. */
async function scheduleOnce(jobId: string, schedule: (jobId: string) => Promise<unknown>): Promise<void> {
  try {
    await schedule(jobId);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'DeviceAlreadyExistsError')) throw error;
  }
}

async function withRetries<Result>(call: () => Promise<Result>): Promise<Result> {
  let pauseMs = FIRST_PAUSE_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === TRIES || !isTransient(error)) throw error;
      console.log(`Try ${attempt} failed (${String(error)}), the next one follows in ${pauseMs} ms or a little later.`);
    }
    // The part that is left to chance keeps many clients from coming back in the same moment.
    await pause(pauseMs * (1 + Math.random() / 2));
    pauseMs *= 2;
  }
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return TRANSIENT_NAMES.includes(error.name) || TRANSIENT_CODES.includes(code);
}

function describe({ status, failureReason, deviceJobStatistics }: JobDocument): string {
  const { deviceCount = 0, succeededCount = 0, failedCount = 0 } = deviceJobStatistics ?? {};
  const reason = failureReason === undefined ? '' : ` (${failureReason})`;
  return `${status}${reason}, ${succeededCount} of ${deviceCount} devices done, ${failedCount} failed`;
}
