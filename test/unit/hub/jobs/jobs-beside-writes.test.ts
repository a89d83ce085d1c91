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
