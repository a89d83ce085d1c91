// Notices of desired properties go out in the order of the commits, however the answers of the store come in.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { LocalDeviceBus } from '../../../src/buses/local/local-device-bus.ts';
import { DesiredNotices, type DeviceNotice } from '../../../src/hub/desired-notices.ts';

async function open({ attached }: { readonly attached: boolean } = { attached: true }) {
  const bus = new LocalDeviceBus();
  const received: number[] = [];
  const attach = () =>
    bus.attach('lamp', (message) => {
      if (message.kind === 'desiredChanged') received.push(message.notice.version);
      return Promise.resolve({ kind: 'received' });
    });
  if (attached) await attach();
  return { notices: new DesiredNotices(bus), received, attach };
}

function noticesOf(versions: readonly number[]): readonly DeviceNotice[] {
  return versions.map((version) => ({ deviceId: 'lamp', notice: { version, patch: {} } }));
}

test('A commit that is answered early waits with its notices for one that began before it.', async () => {
  const { notices, received } = await open();
  const first = Promise.withResolvers<readonly number[]>();

  const slow = notices.commit(() => first.promise, noticesOf);
  const quick = notices.commit(() => Promise.resolve([2, 3]), noticesOf);
  await Promise.resolve();
  const before = [...received];
  first.resolve([1]);
  await Promise.all([slow, quick]);

  expect(before).toEqual([]);
  expect(received).toEqual([1, 2, 3]);
});

test('A device is told of its versions in their order, also where a commit that began later came first.', async () => {
  const { notices, received } = await open();
  const first = Promise.withResolvers<readonly number[]>();

  const slow = notices.commit(() => first.promise, noticesOf);
  const quick = notices.commit(() => Promise.resolve([2, 3, 5]), noticesOf);
  const quickest = notices.commit(() => Promise.resolve([1]), noticesOf);
  await Promise.resolve();
  first.resolve([4]);
  await Promise.all([slow, quick, quickest]);

  expect(received).toEqual([1, 2, 3, 4, 5]);
});

test('A commit that fails holds up nobody, and lets nobody overtake the commits before it.', async () => {
  const { notices, received } = await open();
  const first = Promise.withResolvers<readonly number[]>();

  const slow = notices.commit(() => first.promise, noticesOf);
  const failed = notices.commit(() => Promise.reject<readonly number[]>(new Error('disk full')), noticesOf);
  const last = notices.commit(() => Promise.resolve([2]), noticesOf);
  await expect(failed).rejects.toThrow('disk full');
  const before = [...received];
  first.resolve([1]);
  await Promise.all([slow, last]);

  expect(before).toEqual([]);
  expect(received).toEqual([1, 2]);
});

test('A commit without notices waits for no other, and lets nobody overtake the commits before it.', async () => {
  const { notices, received } = await open();
  const first = Promise.withResolvers<readonly number[]>();

  const slow = notices.commit(() => first.promise, noticesOf);
  const report = await notices.commit(() => Promise.resolve([]), noticesOf);
  const last = notices.commit(() => Promise.resolve([2]), noticesOf);
  await Promise.resolve();
  const before = [...received];
  first.resolve([1]);
  await Promise.all([slow, last]);

  expect([report, before]).toEqual([[], []]);
  expect(received).toEqual([1, 2]);
});

/** How many bytes are in use when all garbage is gone. */
function bytesInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  // The flag is read when a context is made.
  (runInNewContext('gc') as () => void)();
}

test('Commits that fail while one before them takes long leave nothing behind.', async () => {
  const { notices } = await open();
  const first = Promise.withResolvers<readonly number[]>();
  const slow = notices.commit(() => first.promise, noticesOf);
  const commits = 20_000;
  const failMany = async (): Promise<void> => {
    for (let count = 0; count < commits; count += 1) {
      await notices.commit(() => Promise.reject<readonly number[]>(new Error('no server')), noticesOf).catch(() => undefined);
    }
  };
  await failMany();

  const before = bytesInUse();
  await failMany();
  const after = bytesInUse();
  first.resolve([]);
  await slow;

  // Less than a promise for each.
  expect(after - before).toBeLessThan(commits * 50);
});

test('The result of a commit is forgotten as soon as its notices are out.', async () => {
  const { notices } = await open();

  const commit = (result: object): Promise<object> =>
    notices.commit(
      () => Promise.resolve(result),
      () => [],
    );
  const results: WeakRef<object>[] = [];
  for (let count = 0; count < 10; count += 1) {
    results.push(new WeakRef(await commit({ count })));
  }
  await commit({});

  await expect
    .poll(() => {
      collectGarbage();
      return results.filter((result) => result.deref() !== undefined);
    })
    .toEqual([]);
});

test('Nobody is told who was away when a commit was answered, and such a commit waits for none before it.', async () => {
  const { notices, received, attach } = await open({ attached: false });
  const first = Promise.withResolvers<readonly number[]>();

  const slow = notices.commit(() => first.promise, noticesOf);
  const away = await notices.commit(() => Promise.resolve([1]), noticesOf);
  await attach();
  first.resolve([2]);
  await slow;

  expect(away).toEqual([1]);
  expect(received).toEqual([2]);
});
