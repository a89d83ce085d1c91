// Goal: a twin write that was acknowledged is there after the hub was killed. Method: a hub process under load from devices and a back end,
// SIGKILL after a random number of acknowledgements, a restart on the same folder, and a comparison with what each side was told.
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Credentials, withKeys } from '../support/identities.ts';
import { HubProcess } from '../support/hub-process.ts';
import { connectDevice, FILTERS, type MqttClient } from '../support/mqtt-client.ts';
import type { Registry } from '../support/sdk.ts';

const ROUNDS = 8;
const DEVICES = 10;
const MOST_ACKNOWLEDGEMENTS = 400;

let dataDir = '';
let hub: HubProcess | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'twinhub-kill-'));
});

afterEach(async () => {
  await hub?.kill();
  await rm(dataDir, { recursive: true, force: true });
});

test(`In ${ROUNDS} kills under load no acknowledged twin write is lost, and none is half there.`, async () => {
  hub = await HubProcess.start(dataDir);
  const fleet = await createFleet(hub);
  expect(fleet).toHaveLength(DEVICES);

  // Set it to see the same again.
  const seed = Number(process.env['TWINHUB_SEED'] ?? randomInt(2 ** 31));
  const rounds = fc.sample(fc.integer({ min: 1, max: MOST_ACKNOWLEDGEMENTS }), { numRuns: ROUNDS, seed });
  console.log(`Seed ${seed}, killed after so many acknowledgements: ${rounds.join(', ')}`);
  for (const killAfter of rounds) {
    const before = progress(fleet);
    await loadUntilKilled(hub, fleet, killAfter);
    expect(progress(fleet).all - before.all).toBeGreaterThanOrEqual(killAfter);
    hub = await HubProcess.start(dataDir);
    for (const member of fleet) await expectTwin(hub, member);
  }
  const { reported, desired } = progress(fleet);
  expect(Math.min(reported, desired)).toBeGreaterThan(ROUNDS);
});

/** Acknowledged writes of the whole fleet. */
function progress(fleet: readonly Member[]): { readonly reported: number; readonly desired: number; readonly all: number } {
  const reported = fleet.reduce((sum, member) => sum + member.reported, 0);
  const desired = fleet.reduce((sum, member) => sum + member.desired, 0);
  return { reported, desired, all: reported + desired };
}

/** What one device and the back end were told, as counters that each write raises by one. */
type Member = { readonly device: Credentials; reported: number; desired: number };

async function createFleet(running: HubProcess): Promise<readonly Member[]> {
  const fleet: Member[] = [];
  for (let index = 0; index < DEVICES; index += 1) {
    const { responseBody: device } = await running.registry.create({ deviceId: `device-${index}` });
    const { primaryKey = '', secondaryKey = '' } = device.authentication?.symmetricKey ?? {};
    fleet.push({ device: withKeys({ deviceId: device.deviceId }, { primaryKey, secondaryKey }), reported: 0, desired: 0 });
  }
  return fleet;
}

/** Each device and the back end write one at a time, so at most one write of each is unacknowledged when the hub dies. */
async function loadUntilKilled(running: HubProcess, fleet: readonly Member[], killAfter: number): Promise<void> {
  let left = killAfter;
  const acknowledged = (): void => {
    left -= 1;
    if (left === 0) void running.kill();
  };
  const lines = await Promise.all(fleet.map(async (member) => ({ member, client: await connectDevice(running.endpoint, member.device) })));
  await Promise.all([
    ...fleet.map((member) => patchUntilClosed(running.registry, member, acknowledged)),
    ...lines.map(({ member, client }) => reportUntilClosed(client, member, acknowledged)),
  ]);
}

async function reportUntilClosed(client: MqttClient, member: Member, acknowledged: () => void): Promise<void> {
  try {
    await client.subscribe(FILTERS.twinResponses);
    for (;;) {
      const next = member.reported + 1;
      client.publish(`$iothub/twin/PATCH/properties/reported/?$rid=${next}`, JSON.stringify({ count: next }));
      const { topic } = await client.message('$iothub/twin/res/');
      expect(topic).toBe(`$iothub/twin/res/204/?$rid=${next}&$version=${next + 1}`);
      member.reported = next;
      acknowledged();
    }
  } catch (error) {
    if (!(error instanceof Error && /^the line (is|was) closed$/.test(error.message))) throw error;
  }
}

async function patchUntilClosed(registry: InstanceType<typeof Registry>, member: Member, acknowledged: () => void): Promise<void> {
  for (;;) {
    const next = member.desired + 1;
    const failure = await registry.updateTwin(member.device.deviceId, { properties: { desired: { count: next } } }, '*').then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure !== undefined) {
      // The connection is gone, and nothing else may be the reason.
      expect(failure).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|ECONNREFUSED|EPIPE)$/) });
      return;
    }
    member.desired = next;
    acknowledged();
  }
}

/** The write that was on its way when the hub died may be there or not; then the counters go on from what is there. */
async function expectTwin({ registry }: HubProcess, member: Member): Promise<void> {
  const { reported, desired } = (await registry.getTwin(member.device.deviceId)).responseBody.properties;
  const [reportedCount, desiredCount] = [Number(reported.count ?? 0), Number(desired.count ?? 0)];
  expect([member.reported, member.reported + 1]).toContain(reportedCount);
  expect([member.desired, member.desired + 1]).toContain(desiredCount);
  expect([reported.$version, desired.$version]).toEqual([reportedCount + 1, desiredCount + 1]);
  member.reported = reportedCount;
  member.desired = desiredCount;
}
