// Goal: the forms of query that the service's documentation and its users show answer what they are meant to, through the published SDK.
// Method: one hub with a small fleet of trucks, modules on two of them, and two jobs that are over; each query read to its end in pages of two.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { JobClient, Registry } from '../support/sdk.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

const TRUCKS: Readonly<Record<string, { readonly tags: JsonObject; readonly reported: JsonObject }>> = {
  'truck-1': {
    tags: { depot: { country: 'BE', town: 'Gent' } },
    reported: { link: 'wired', report: { everySeconds: 30 }, rollout: { state: 'done' } },
  },
  'truck-2': {
    tags: { depot: { country: 'BE', town: 'Brugge' } },
    reported: { link: 'cellular', report: { everySeconds: 300 }, rollout: { state: 'done' } },
  },
  'truck-3': { tags: { depot: { country: 'NL' } }, reported: { link: 'wifi', report: { everySeconds: 60 }, rollout: { state: 'failed' } } },
  'truck-4': { tags: {}, reported: { seen: 3 } },
};

/** Modules by device, and what they reported. */
const MODULES: readonly (readonly [deviceId: string, moduleId: string, reported: JsonObject])[] = [
  ['truck-1', 'camera', { state: 'scanning' }],
  ['truck-1', 'agent', { lastDesiredVersion: 1, lastDesiredStatus: { code: 200 } }],
  ['truck-2', 'camera', { state: 'scanning' }],
  ['truck-3', 'camera', { state: 'idle' }],
];

let hub: TestHub;
beforeAll(async () => {
  hub = await openTestHub();
  for (const [deviceId, { tags, reported }] of Object.entries(TRUCKS)) {
    await hub.createDevice(deviceId);
    const registry = Registry.fromConnectionString(hub.serviceConnectionString());
    await registry.updateTwin(deviceId, { tags }, '*');
    await hub.hub.twins.report({ deviceId, body: reported, baseVersion: undefined });
  }
  for (const [deviceId, moduleId, reported] of MODULES) {
    await hub.createModule({ deviceId, moduleId });
    await hub.hub.twins.report({ deviceId, moduleId, body: reported, baseVersion: undefined });
  }
  const jobs = JobClient.fromConnectionString(hub.serviceConnectionString());
  await jobs.scheduleTwinUpdate('set-route', "deviceId IN ['truck-1', 'truck-2', 'truck-3']", {
    etag: '*',
    properties: { desired: { route: 7 } },
  });
  await jobs.scheduleTwinUpdate('set-depot', "deviceId = 'truck-1'", { etag: '*', tags: { checked: true } });
  for (const jobId of ['set-route', 'set-depot']) {
    await vi.waitUntil(async () => (await jobs.getJob(jobId)).jobStatus.status === 'completed');
  }
});
afterAll(() => hub.close());

async function rowsOf(text: string): Promise<readonly unknown[]> {
  const query = Registry.fromConnectionString(hub.serviceConnectionString()).createQuery(text, 2);
  const rows: unknown[] = [];
  while (query.hasMoreResults) {
    rows.push(
      ...(await new Promise<unknown[]>((resolve, reject) => {
        query.next((error, items: unknown[]) => (error ? reject(error) : resolve(items)));
      })),
    );
  }
  return rows;
}

test.each<[string, readonly string[]]>([
  ['SELECT deviceId FROM devices', ['truck-1', 'truck-2', 'truck-3', 'truck-4']],
  [`SELECT deviceId FROM devices WHERE tags.depot.country = 'BE'`, ['truck-1', 'truck-2']],
  [`SELECT deviceId FROM devices WHERE tags.depot.country = 'BE' AND properties.reported.report.everySeconds >= 60`, ['truck-2']],
  [`SELECT deviceId FROM devices WHERE properties.reported.link IN ['wired', 'wifi']`, ['truck-1', 'truck-3']],
  [`SELECT deviceId FROM devices WHERE properties.reported.link NIN ['wired', 'wifi']`, ['truck-2']],
  ['SELECT deviceId FROM devices WHERE is_defined(properties.reported.link)', ['truck-1', 'truck-2', 'truck-3']],
  ['SELECT deviceId FROM devices WHERE NOT is_defined(tags.depot)', ['truck-4']],
  [`SELECT TOP 3 deviceId FROM devices WHERE status = 'enabled' AND connectionState = 'Disconnected'`, ['truck-1', 'truck-2', 'truck-3']],
  [
    `SELECT deviceId FROM devices WHERE lastActivityTime < '2020-01-01T00:00:00Z' AND capabilities.iotEdge = false AND version > 2`,
    ['truck-1', 'truck-2', 'truck-3', 'truck-4'],
  ],
  [`SELECT devices.deviceId FROM devices WHERE devices.tags.[[depot]].town = 'Gent' OR tags.depot.town = "Brugge"`, ['truck-1', 'truck-2']],
  ['select deviceId from devices where properties.reported.$version = properties.reported.seen - 1', ['truck-4']],
  [`SELECT deviceId FROM devices WHERE configurations.[[winter]].status = 'Applied'`, []],
  [`SELECT deviceId FROM devices WHERE STARTSWITH(deviceId, 'truck-') AND properties.reported.rollout.state != 'done'`, ['truck-3']],
  ['SELECT deviceId FROM devices WHERE properties.reported.report.everySeconds = 0x3C', ['truck-3']],
])('%s', async (text, deviceIds) => {
  expect(await rowsOf(text)).toEqual(deviceIds.map((deviceId) => ({ deviceId })));
});

test.each<[string, readonly JsonObject[]]>([
  ['SELECT COUNT() AS totalNumberOfDevices FROM devices', [{ totalNumberOfDevices: 4 }]],
  [
    'SELECT properties.reported.rollout.state AS state, COUNT() AS numberOfDevices FROM devices GROUP BY properties.reported.rollout.state',
    [{ numberOfDevices: 1 }, { state: 'done', numberOfDevices: 2 }, { state: 'failed', numberOfDevices: 1 }],
  ],
  [
    `SELECT AVG(properties.reported.report.everySeconds) AS mean, MAX(properties.reported.report.everySeconds) AS most FROM devices`,
    [{ mean: 130, most: 300 }],
  ],
  [`SELECT Status, Tags.depot.town AS town FROM devices WHERE deviceid = 'truck-1'`, [{ status: 'enabled', town: 'Gent' }]],
  [
    'SELECT deviceId, properties.reported.report.everySeconds AS s FROM devices ORDER BY s DESC',
    [{ deviceId: 'truck-2', s: 300 }, { deviceId: 'truck-3', s: 60 }, { deviceId: 'truck-1', s: 30 }, { deviceId: 'truck-4' }],
  ],
])('%s', async (text, rows) => {
  expect(await rowsOf(text)).toEqual(rows);
});

test.each<[string, readonly (readonly [deviceId: string, moduleId: string])[]]>([
  [
    `SELECT * FROM devices.modules WHERE properties.reported.state = 'scanning'`,
    [
      ['truck-1', 'camera'],
      ['truck-2', 'camera'],
    ],
  ],
  [
    `SELECT * FROM devices.modules WHERE properties.reported.state = 'scanning' AND deviceId IN ['truck-2', 'truck-3']`,
    [['truck-2', 'camera']],
  ],
  [
    `select deviceId, moduleId from devices.modules where moduleId = 'agent' and properties.desired.$version = properties.reported.lastDesiredVersion and properties.reported.lastDesiredStatus.code = 200`,
    [['truck-1', 'agent']],
  ],
])('%s', async (text, ids) => {
  expect(await rowsOf(text)).toMatchObject(ids.map(([deviceId, moduleId]) => ({ deviceId, moduleId })));
});

test.each<[string, readonly (readonly [jobId: string, deviceId: string])[]]>([
  [
    `SELECT * FROM devices.jobs WHERE devices.jobs.deviceId = 'truck-1'`,
    [
      ['set-depot', 'truck-1'],
      ['set-route', 'truck-1'],
    ],
  ],
  [
    `SELECT * FROM devices.jobs WHERE devices.jobs.deviceId = 'truck-2' AND devices.jobs.jobType = 'scheduleUpdateTwin'
     AND devices.jobs.status = 'completed' AND devices.jobs.createdTimeUtc > '2016-09-01'`,
    [['set-route', 'truck-2']],
  ],
  [
    `SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'set-route'`,
    [
      ['set-route', 'truck-1'],
      ['set-route', 'truck-2'],
      ['set-route', 'truck-3'],
    ],
  ],
])('%s', async (text, ids) => {
  const record = { jobType: 'scheduleUpdateTwin', status: 'completed', createdDateTimeUtc: expect.any(String) };

  expect(await rowsOf(text)).toMatchObject(ids.map(([jobId, deviceId]) => ({ ...record, jobId, deviceId })));
});
