// How much a job does in one commit, alone and while others write.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { JobStore } from '../../../../src/ports/job-store.ts';
import { openEphemeralStore } from '../../../../src/stores/sqlite/open-ephemeral-store.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { type JobHub, openJobHub, twinJob } from './job-hub.ts';

type Chunks = { readonly selected: number[]; readonly patched: number[] };

/** @param besideEach ends before each chunk begins. @returns how many devices the chunks of one job were allowed, in their order. */
async function runJob(besideEach: (open: JobHub) => Promise<unknown>): Promise<Chunks> {
  const chunks: Chunks = { selected: [], patched: [] };
  const stores = await openEphemeralStore({});
  const expandJob: JobStore['expandJob'] = async (expansion) => {
    chunks.selected.push(expansion.limit);
    await besideEach(open);
    return await stores.jobs.expandJob(expansion);
  };
  const patchTwins: JobStore['patchTwins'] = async (patch) => {
    chunks.patched.push(patch.limit);
    await besideEach(open);
    return await stores.jobs.patchTwins(patch);
  };
  await using open = await openJobHub({ stores: { ...stores, jobs: { ...stores.jobs, expandJob, patchTwins } } });
  await open.createDevices(2 * LIMITS.jobChunkDevicesBesideWrites.value + 1);
  await open.hub.jobs.create('floor', twinJob(), SOMEONE);
  await open.ended('floor');
  return chunks;
}

test('While nobody else writes, a job takes large chunks from the second on.', async () => {
  const { selected, patched } = await runJob(() => Promise.resolve());

  expect(selected).toEqual([LIMITS.jobChunkDevicesBesideWrites.value, LIMITS.jobChunkDevices.value]);
  expect(new Set(patched)).toEqual(new Set([LIMITS.jobPatchDevices.value]));
});

/** The hub takes it at once; it is committed after the chunk. */
function report(open: JobHub): Promise<void> {
  void open.hub.twins.report({ deviceId: 'device-0000', body: { a: 1 }, baseVersion: undefined });
  return Promise.resolve();
}

test.each([
  ['reports properties', report],
  ['connects', (open: JobHub) => open.connect('device-0000')],
])('While a device %s, chunks stay small.', async (_what, write) => {
  const { selected, patched } = await runJob(write);

  expect(selected).toEqual([200, 200, 200]);
  expect(new Set(patched)).toEqual(new Set([LIMITS.jobPatchDevicesBesideWrites.value]));
  expect(patched.length).toBeGreaterThanOrEqual(5);
});

/** Of a job beside which nothing is written, or a report in each of its chunks, of which each takes `tookMs`: the pauses between them, and how long after the last one it was over. */
async function pausesOf({
  tookMs,
  besideReports,
}: {
  readonly tookMs: number;
  readonly besideReports: boolean;
}): Promise<{ readonly pausesMs: readonly number[]; readonly afterMs: number }> {
  const pausesMs: number[] = [];
  let endedAtMs: number | undefined;
  const stores = await openEphemeralStore({});
  const patchTwins: JobStore['patchTwins'] = async (patch) => {
    if (endedAtMs !== undefined) pausesMs.push(open.clock.nowMs() - endedAtMs);
    if (besideReports) await report(open);
    const patched = await stores.jobs.patchTwins({ ...patch, limit: 2 });
    open.clock.advance(tookMs);
    endedAtMs = open.clock.nowMs();
    return patched;
  };
  await using open = await openJobHub({ stores: { ...stores, jobs: { ...stores.jobs, patchTwins } } });
  await open.createDevices(8);
  await open.hub.jobs.create('floor', twinJob(), SOMEONE);
  const isOver = async (): Promise<boolean> => (await open.hub.jobs.get('floor'))?.job.endTime !== undefined;
  while (!(await isOver())) if (besideReports) open.clock.advance(1);
  return { pausesMs, afterMs: open.clock.nowMs() - (endedAtMs ?? Number.NaN) };
}

test('Beside others a job leaves them the store for as long as its last chunk took, and for a second at the most.', async () => {
  const { pausesMs: short } = await pausesOf({ tookMs: 40, besideReports: true });
  const { pausesMs: long, afterMs } = await pausesOf({ tookMs: 60_000, besideReports: true });

  expect(short.length).toBeGreaterThanOrEqual(3);
  // Nothing was written before the first chunk.
  expect(Math.min(...short.slice(1))).toBeGreaterThanOrEqual(40);
  expect(Math.min(...long.slice(1))).toBeGreaterThanOrEqual(LIMITS.jobRestMs.value);
  expect(Math.max(...long)).toBeLessThan(60_000);
  // There is nothing to rest for after the last one.
  expect(afterMs).toBeLessThan(LIMITS.jobRestMs.value);
});

test('Alone a job rests at no time.', async () => {
  const { pausesMs } = await pausesOf({ tookMs: 40, besideReports: false });

  expect(pausesMs.length).toBeGreaterThanOrEqual(2);
  expect(new Set(pausesMs)).toEqual(new Set([0]));
});
