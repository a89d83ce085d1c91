// Goal: an acknowledged write outlives kill -9, and the change feed tells of each committed write exactly once.
// Method: a process writes under load and prints what was acknowledged; it is killed at random moments, and the store is opened and compared.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { Stores } from '../../src/ports/stores.ts';
import { readAllChanges } from '../support/store-builders.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openStoreOfTests, storeOfTests, TESTS_ON_POSTGRES } from '../support/test-store.ts';

const PROGRAM = fileURLToPath(new URL('../support/store-under-load.ts', import.meta.url));
const ROUNDS = 6;

test('No acknowledged write is lost when its process is killed, and none counts twice.', async () => {
  const store = newStore();
  const seed = 20_260_101;
  const moments = fc.sample(fc.integer({ min: 1, max: 4000 }), { seed, numRuns: ROUNDS });
  const acknowledged = new Map<string, number>();

  for (const moment of moments) {
    await killAfter(moment, store, acknowledged);
    const stores = await openStoreOfTests(store);
    await expectAllKept(stores, acknowledged);
    await stores.close();
  }

  expect(acknowledged.size).toBeGreaterThan(0);
});

// Several hubs may have one schema of PostgreSQL.
test.skipIf(TESTS_ON_POSTGRES)('A store whose hub was killed can be opened at once, and not while it runs.', async () => {
  const store = newStore();
  const { child, lines } = start(store);
  await lines.next();

  await expect(openStoreOfTests(store)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  await kill(child);
  const stores = await openStoreOfTests(store);
  onTestFinished(() => stores.close());

  await expect(stores.checkReady()).resolves.toBeUndefined();
});

/** As `--store` names it. */
function newStore(): string {
  const folder = temporaryFolder();
  return storeOfTests(folder) ?? `sqlite:${join(folder, 'hub.db')}`;
}

/** Kills the process after so many acknowledgements and notes the newest version of each device, also of those that came before its death. */
async function killAfter(moment: number, store: string, acknowledged: Map<string, number>): Promise<void> {
  const { child, lines } = start(store);
  let count = 0;
  for await (const line of lines) {
    const [deviceId = '', version = ''] = line.split(' ');
    if (version !== '') acknowledged.set(deviceId, Math.max(Number(version), acknowledged.get(deviceId) ?? 0));
    count += 1;
    if (count === moment) child.kill('SIGKILL');
  }
  await kill(child);
  expect(count).toBeGreaterThanOrEqual(moment);
}

async function expectAllKept(stores: Stores, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  const feed = await readAllChanges(stores);
  for (const { deviceId } of await stores.devices.listDevices(100)) {
    const found = await stores.twins.readTwin({ deviceId });
    const version = found?.twin.reported.version ?? 0;
    const entries = feed.filter((change) => change.deviceId === deviceId && change.kind === 'twinUpdated');
    expect(version).toBeGreaterThanOrEqual(acknowledged.get(deviceId) ?? 1);
    expect(entries).toHaveLength(version - 1);
    expect(found?.twin.reported.properties['count']).toBe(version === 1 ? undefined : version - 1);
  }
}

function start(store: string): { readonly child: ChildProcess; readonly lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, [PROGRAM, store], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => kill(child));
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
