// The identities of a fleet on a hub in this process: found, made, kept apart from real devices, and removed.
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { HubClient } from '../../../../src/cli/hub-client.ts';
import { FleetRegistry } from '../../../../src/cli/simulate/register-fleet.ts';
import { systemRandom } from '../../../../src/system/system-random.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { openTestHub, type TestHub } from '../../../support/test-hub.ts';

const NEVER = new AbortController().signal;

async function registryOn(hub: TestHub, prefix: string): Promise<FleetRegistry> {
  const caPath = join(temporaryFolder(), 'ca.pem');
  await writeFile(caPath, hub.caPem);
  const target = {
    hostName: 'localhost',
    hostNames: ['localhost'],
    address: '127.0.0.1',
    httpsPort: hub.httpsPort,
    mqttPort: hub.mqttPort,
    caPath,
    policyName: 'iothubowner',
    key: hub.hub.policies.get('iothubowner').keys.primaryKey,
    remedy: '',
  };
  return new FleetRegistry(new HubClient(target), { prefix, random: systemRandom });
}

function registered(hub: TestHub): Promise<number> {
  return hub.hub.devices.count().then(({ total }) => total);
}

describe('a fleet', () => {
  it('of more devices than a bulk call takes is registered, taken again with the same keys, and removed', async () => {
    await using hub = await openTestHub();
    const registry = await registryOn(hub, 'sim-');

    const first = await registry.register(205, NEVER);
    const again = await (await registryOn(hub, 'sim-')).register(206, NEVER);
    const before = await registered(hub);
    await registry.remove();

    expect(first).toHaveLength(205);
    expect([first[0]?.deviceId, first[204]?.deviceId]).toEqual(['sim-000001', 'sim-000205']);
    expect(new Set(first.map(({ key }) => key)).size).toBe(205);
    expect(again.slice(0, 205)).toEqual(first);
    expect(before).toBe(206);
    expect(await registered(hub)).toBe(1);
  });

  it.each(['sim+', '#sim-'])('has no prefix %s, with which no device connects over MQTT', async (prefix) => {
    await using hub = await openTestHub();

    await expect(registryOn(hub, prefix)).rejects.toMatchObject({ kind: 'usage' });
  });

  it('may have a prefix with any other sign of a device id', async () => {
    await using hub = await openTestHub();
    const prefix = `-:.%_*?!(),=@;$'`;

    const made = await (await registryOn(hub, prefix)).register(1, NEVER);
    const found = await (await registryOn(hub, prefix)).register(1, NEVER);

    expect(made).toMatchObject([{ deviceId: `${prefix}000001` }]);
    expect(found).toEqual(made);
  });

  it('may have no prefix that no device may have', async () => {
    await using hub = await openTestHub();

    await expect(registryOn(hub, 'a b')).rejects.toThrow("The device id 'a b000000' is not valid.");
    await expect(registryOn(hub, 'a'.repeat(123))).rejects.toThrow('A device id has at most 128 characters.');
    await expect(registryOn(hub, 'a'.repeat(122))).resolves.toBeDefined();
  });

  it('takes no device that is not simulated, and makes none beside it', async () => {
    await using hub = await openTestHub();
    await hub.createDevice('sim-000003');
    const registry = await registryOn(hub, 'sim-');

    await expect(registry.register(5, NEVER)).rejects.toThrow("The device 'sim-000003' is there already and is no simulated one.");
    await registry.remove();

    expect(await registered(hub)).toBe(1);
  });

  it('is not made when it was interrupted before, and what is there is still removed', async () => {
    await using hub = await openTestHub();
    await (await registryOn(hub, 'sim-')).register(2, NEVER);
    const registry = await registryOn(hub, 'sim-');

    const made = await registry.register(500, AbortSignal.abort());
    const before = await registered(hub);
    await registry.remove();

    expect(made).toEqual([]);
    expect(before).toBe(2);
    expect(await registered(hub)).toBe(0);
  });
});
