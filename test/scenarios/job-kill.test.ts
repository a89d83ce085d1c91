// Goal: a hub that dies in the middle of a job forgets no device and calls none twice; what it cannot know it calls unknown, and it counts right.
// Method: a fleet of light MQTT devices in this process that note each call, a method job and a twin job over all of them, SIGKILL after a
// random number of calls, a restart on the same data, and a comparison of the records with what the devices noted.
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type Credentials, withKeys } from '../support/identities.ts';
import { HubProcess } from '../support/hub-process.ts';
import { connectDevice, FILTERS, type MqttClient } from '../support/mqtt-client.ts';
import { JobClient, type Registry } from '../support/sdk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROUNDS = 20;
const DEVICES = 500;
/** Of the fleet, at the same time. */
const CONNECTING = 25;

test(`In ${ROUNDS} kills no device of a job is lost, none is called twice, and counts are exact.`, async () => {
  const dataDir = temporaryFolder();
  let hub = await HubProcess.start(dataDir);
  onTestFinished(() => hub.kill());
  const fleet = await Fleet.create(hub);
  expect(fleet.ids).toHaveLength(DEVICES);
  // Set it to see the same again.
  const seed = Number(process.env['TWINHUB_SEED'] ?? randomInt(2 ** 31));
  const moments = fc.sample(fc.integer({ min: 0, max: DEVICES }), { numRuns: ROUNDS, seed });
  console.log(`Seed ${seed}, killed after so many calls: ${moments.join(', ')}`);

  await fleet.connect(hub);
  for (const [index, moment] of moments.entries()) {
    const round = index + 1;
    await runJobsUntilKilled(hub, fleet, { round, moment });
    hub = await HubProcess.start(dataDir);
    await fleet.connect(hub);
    await expectMethodJob(hub, fleet, round);
    await expectTwinJob(hub, round);
    fleet.forgetCalls();
  }
  await hub.kill();
}, 300_000);

type Round = { readonly round: number; readonly moment: number };

/** At moment 0 the hub dies when it has acknowledged the jobs, which may be while it selects their devices. */
async function runJobsUntilKilled(hub: HubProcess, fleet: Fleet, { round, moment }: Round): Promise<void> {
  const jobs = JobClient.fromConnectionString(hub.connectionString);
  const dying = moment === 0 ? undefined : fleet.whenCalled(moment).then(() => hub.kill());
  await jobs.scheduleTwinUpdate(`twin-${round}`, '*', { etag: '*', properties: { desired: { round } } });
  // The hub may die before it can answer, and not before the job is durable, since it calls no device before.
  const methodJob = jobs.scheduleDeviceMethod(`method-${round}`, '*', { methodName: 'lockDoor', payload: null });
  await (dying ? methodJob.catch(() => undefined) : methodJob);
  await (dying ?? hub.kill());
}

type Statistics = Readonly<Record<'deviceCount' | 'succeededCount' | 'failedCount' | 'runningCount' | 'pendingCount', number>>;
type RecordDocument = { readonly deviceId: string; readonly status: string; readonly error?: { readonly code: string } };

async function expectMethodJob(hub: HubProcess, fleet: Fleet, round: number): Promise<void> {
  const { deviceCount, succeededCount, failedCount } = await whenCompleted(hub, `method-${round}`);
  const records = await query<RecordDocument>(hub, `SELECT * FROM devices.jobs WHERE jobId = 'method-${round}'`);
  const unknown = records.filter(({ error }) => error?.code === 'DeviceMethodOutcomeUnknown').map(({ deviceId }) => deviceId);
  const completed = records.filter(({ status }) => status === 'completed').map(({ deviceId }) => deviceId);

  expect(records.map(({ deviceId }) => deviceId)).toEqual(fleet.ids);
  expect(completed.length + unknown.length).toBe(DEVICES);
  expect({ deviceCount, succeededCount, failedCount }).toEqual({
    deviceCount: DEVICES,
    succeededCount: completed.length,
    failedCount: unknown.length,
  });
  expect(completed.filter((id) => fleet.callsOf(id) !== 1)).toEqual([]);
  expect(unknown.filter((id) => fleet.callsOf(id) > 1)).toEqual([]);
}

async function expectTwinJob(hub: HubProcess, round: number): Promise<void> {
  const { deviceCount, succeededCount, failedCount } = await whenCompleted(hub, `twin-${round}`);
  const twins = await query<object>(hub, 'SELECT properties.desired.round, properties.desired.$version AS version FROM devices');

  expect({ deviceCount, succeededCount, failedCount }).toEqual({ deviceCount: DEVICES, succeededCount: DEVICES, failedCount: 0 });
  expect(twins).toEqual(Array.from({ length: DEVICES }, () => ({ round, version: 1 + round })));
}

async function whenCompleted({ connectionString }: HubProcess, jobId: string): Promise<Statistics> {
  const jobs = JobClient.fromConnectionString(connectionString);
  const find = async (): Promise<{ status: string; deviceJobStatistics: Statistics }> => (await jobs.getJob(jobId)).jobStatus;
  await expect.poll(async () => (await find()).status, { timeout: 30_000, interval: 100 }).toBe('completed');
  return (await find()).deviceJobStatistics;
}

async function query<Row>({ registry }: HubProcess, text: string): Promise<readonly Row[]> {
  return (await registry.createQuery(text, 1000).next()).result;
}

class Fleet {
  readonly #devices: readonly Credentials[];
  readonly #calls = new Map<string, number>();
  #total = 0;
  #onCall: () => void = () => undefined;

  constructor(devices: readonly Credentials[]) {
    this.#devices = devices;
  }

  static async create({ registry }: HubProcess): Promise<Fleet> {
    const ids = Array.from({ length: DEVICES }, (_, index) => `device-${String(index).padStart(3, '0')}`);
    return new Fleet(await inGroups(ids, (deviceId) => createDevice(registry, deviceId)));
  }

  get ids(): readonly string[] {
    return this.#devices.map(({ deviceId }) => deviceId);
  }

  /** Connects each device and has it answer until the line is cut. */
  async connect({ endpoint }: HubProcess): Promise<void> {
    await inGroups(this.#devices, async (device) => {
      const client = await connectDevice(endpoint, device);
      // It may be called as soon as it listens.
      void this.#answer(client, device.deviceId);
      await client.subscribe(FILTERS.methods);
    });
  }

  /** Resolves when there were so many calls since they were last forgotten. */
  async whenCalled(count: number): Promise<void> {
    while (this.#total < count) await new Promise<void>((resolve) => (this.#onCall = resolve));
  }

  callsOf(deviceId: string): number {
    return this.#calls.get(deviceId) ?? 0;
  }

  forgetCalls(): void {
    this.#calls.clear();
    this.#total = 0;
  }

  async #answer(client: MqttClient, deviceId: string): Promise<void> {
    try {
      for (;;) {
        const { topic } = await client.message('$iothub/methods/POST/lockDoor/');
        this.#calls.set(deviceId, this.callsOf(deviceId) + 1);
        this.#total += 1;
        this.#onCall();
        client.publish(`$iothub/methods/res/200/${topic.slice(topic.indexOf('?'))}`, 'null');
      }
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('line'))) throw error;
    }
  }
}

async function createDevice(registry: InstanceType<typeof Registry>, deviceId: string): Promise<Credentials> {
  const { responseBody: device } = await registry.create({ deviceId });
  const { primaryKey = '', secondaryKey = '' } = device.authentication?.symmetricKey ?? {};
  return withKeys({ deviceId }, { primaryKey, secondaryKey });
}

/** Some at a time, so that neither side is overwhelmed. Results stand in the order of the items. */
async function inGroups<Item, Result>(items: readonly Item[], run: (item: Item) => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += CONNECTING) {
    results.push(...(await Promise.all(items.slice(from, from + CONNECTING).map((item) => run(item)))));
  }
  return results;
}
