// Goal: a fleet of the simulator does on a real hub what its behaviours say, counts it, and leaves when it is told to.
// Method: a hub and each simulation in a process of its own; back ends on the published SDK; the lines of --json.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOn } from '../support/cli-commands.ts';
import { HubProcess } from '../support/hub-process.ts';
import { ServiceClient } from '../support/sdk.ts';
import { Simulation } from '../support/simulator/simulation.ts';

let folder: string;
let hub: HubProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhub-simulate-'));
  hub = await HubProcess.start(folder);
});
afterAll(async () => {
  await hub.kill();
  await rm(folder, { recursive: true });
});

const { cli, jsonOf } = commandsOn(() => folder);

function simulation(...args: readonly string[]): Simulation {
  return new Simulation(['--data-dir', folder, ...args]);
}

async function invoke(deviceId: string, responseTimeoutInSeconds = 30): Promise<{ readonly status: number; readonly payload: unknown }> {
  const client = ServiceClient.fromConnectionString(hub.connectionString);
  const { result } = await client.invokeDeviceMethod(deviceId, { methodName: 'reboot', payload: { in: 5 }, responseTimeoutInSeconds });
  return result;
}

describe('a simulation', () => {
  it('does what each behaviour says, and sums it up on SIGTERM', async () => {
    const behaviours = ['answer', 'slow:300', 'drop:100%', 'fail:100%', 'flap:1'].flatMap((text) => ['--behaviour', text]);
    await using fleet = simulation('--devices', '5', '--rate', '50', '--prefix', 'each-', ...behaviours);
    await fleet.waitFor(({ event }) => event === 'connected');

    const answers = await Promise.all(['each-000001', 'each-000002', 'each-000004'].map((deviceId) => invoke(deviceId)));
    await expect(invoke('each-000003', 5)).rejects.toMatchObject({ name: 'GatewayTimeoutError' });
    await fleet.waitFor(({ connections }) => connections.flaps >= 2 && connections.made >= 7);
    const { code, stderr, events } = await fleet.stop('SIGTERM');

    expect(answers).toMatchObject([
      { status: 200, payload: { in: 5 } },
      { status: 200, payload: { in: 5 } },
      { status: 500, payload: { error: expect.any(String) } },
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(events.at(-1)).toMatchObject({
      event: 'summary',
      devices: 5,
      connections: { failed: {}, lost: 0, renewals: 0 },
      methods: { received: 4, answered: 2, failed: 1, dropped: 1 },
      reports: { refused: 0 },
      malformed: 0,
      processes: 1,
    });
    expect(events.at(-1)?.reports.accepted).toBeGreaterThan(50);
    expect(events.filter(({ event }) => event === 'connected')).toHaveLength(1);
  });

  it('tells all it knows in each line of --json', async () => {
    await using fleet = simulation('--devices', '1', '--prefix', 'line-');
    const connected = await fleet.waitFor(({ event }) => event === 'connected');
    await fleet.waitFor(({ event }) => event === 'progress');

    const { events } = await fleet.stop('SIGINT');

    const latency = {
      count: expect.any(Number),
      p50Ms: expect.any(Number),
      p90Ms: expect.any(Number),
      p99Ms: expect.any(Number),
      maxMs: expect.any(Number),
    };
    const shape = {
      event: expect.stringMatching(/^(progress|connected|summary)$/),
      seconds: expect.any(Number),
      devices: 1,
      connected: expect.any(Number),
      connections: { made: expect.any(Number), failed: {}, lost: 0, flaps: 0, renewals: 0, latency },
      methods: { received: 0, answered: 0, failed: 0, dropped: 0 },
      reports: { sent: 0, accepted: 0, refused: 0, skipped: 0, latency },
      desired: { received: 0, missed: 0, outOfOrder: 0 },
      twinsRead: expect.any(Number),
      malformed: 0,
      processes: 1,
      cpuSeconds: expect.any(Number),
      memory: { rssBytes: expect.any(Number), bytesPerDevice: expect.any(Number) },
    };
    expect(connected.connections).toMatchObject({ made: 1, latency: { count: 1 } });
    for (const event of events) expect(event).toEqual(shape);
    expect(events.at(-1)).toMatchObject({ event: 'summary', connected: 1 });
  });

  it('follows desired properties and reports which version it has', async () => {
    await using fleet = simulation('--devices', '2', '--prefix', 'follow-');
    await fleet.waitFor(({ event, twinsRead }) => event === 'progress' && twinsRead === 2);

    const { responseBody: twin } = await hub.registry.getTwin('follow-000002');
    for (const floor of [1, 2, 3]) await twin.update({ properties: { desired: { floor } } });
    await fleet.waitFor(({ desired, reports }) => desired.received === 3 && reports.accepted === 3);
    const { events } = await fleet.stop('SIGTERM');

    const after = await hub.registry.getTwin('follow-000002');
    expect(after.responseBody.properties.reported).toMatchObject({ reports: 3, desiredVersion: 4 });
    expect(events.at(-1)?.desired).toEqual({ received: 3, missed: 0, outOfOrder: 0 });
  });

  it('over several processes is one fleet', async () => {
    await using fleet = simulation('--devices', '5', '--prefix', 'many-', '--processes', '2', '--rate', '20', '--resume-tls');
    await fleet.waitFor(({ event }) => event === 'connected');

    const answers = await Promise.all([1, 2, 3, 4, 5].map((number) => invoke(`many-00000${number}`)));
    await fleet.waitFor(({ methods, reports }) => methods.received === 5 && reports.accepted > 10);
    const { code, stderr, events } = await fleet.stop('SIGTERM');

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(events.at(-1)).toMatchObject({
      event: 'summary',
      connected: 5,
      processes: 2,
      connections: { made: 5 },
      methods: { answered: 5 },
    });
  });

  it.runIf(process.platform === 'linux')('ends with what it has seen when one of its processes dies', async () => {
    await using fleet = simulation('--devices', '4', '--prefix', 'dies-', '--processes', '2', '--delete');
    await fleet.waitFor(({ event }) => event === 'connected');

    process.kill(fleet.firstChildPid(), 'SIGKILL');
    const { code, stderr, events } = await fleet.ended();

    expect(code).toBe(1);
    expect(stderr).toBe('error: A process of the simulation has ended; its devices are gone. Start it again.\n');
    expect(events.at(-1)).toMatchObject({ event: 'summary', devices: 4, connections: { made: 4 } });
    expect(await jsonOf('query', `SELECT deviceId FROM devices WHERE tags.simulator = 'dies-'`)).toEqual([]);
  });

  it('takes the devices of the last one again, registers those that are missing, and with --delete removes them all', async () => {
    const first = await cli('simulate', '--devices', '2', '--prefix', 'kept-', '--duration', '1');
    const kept = await hub.registry.get('kept-000002');
    const tags = await jsonOf('query', `SELECT tags.simulator FROM devices WHERE deviceId = 'kept-000002'`);
    await using fleet = simulation('--devices', '3', '--prefix', 'kept-', '--duration', '1', '--delete');
    const { code, events } = await fleet.ended();

    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^all 2 devices are connected after [\d.]+ s$/m);
    expect(first.stdout).toMatch(/^connections +2 made, 0 lost, 0 flaps, 0 renewals$/m);
    expect(kept.responseBody.deviceId).toBe('kept-000002');
    expect(tags).toEqual([{ simulator: 'kept-' }]);
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ event: 'summary', devices: 3, connections: { made: 3, failed: {} } });
    expect(await jsonOf('query', `SELECT deviceId FROM devices WHERE tags.simulator = 'kept-'`)).toEqual([]);
  });

  it('leaves alone a device that it has not registered', async () => {
    await hub.registry.create({ deviceId: 'real-000002' });

    const { code, stdout, stderr } = await cli('simulate', '--devices', '3', '--prefix', 'real-', '--duration', '1', '--delete');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe("error: The device 'real-000002' is there already and is no simulated one. Choose ids with --prefix.\n");
    expect(await jsonOf('query', `SELECT deviceId FROM devices WHERE deviceId >= 'real-' AND deviceId < 'real.'`)).toEqual([
      { deviceId: 'real-000002' },
    ]);
  });
});
