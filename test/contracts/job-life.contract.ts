// Goal: whatever is asked of a job store in whatever order, it holds the records that plain bookkeeping holds, and counts what it holds.
// Method: random operations on jobs over a few devices, some at the same time, with crashes in between; the model is compared after each step.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyJobMove, type JobMove } from '../../src/domain/job/job-moves.ts';
import type { DeviceJobStatus, DeviceOutcome, Job } from '../../src/domain/job/job.ts';
import { outcomeOf } from '../../src/domain/errors.ts';
import { parseCondition } from '../../src/domain/query/parser.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { countsOf, methodJob, twinJob } from '../support/job-builders.ts';
import { NOON, put, remove } from '../support/store-builders.ts';
import type { NewPlace } from '../support/store-place.ts';
import { readStatuses } from '../support/stored-jobs.ts';
import { SOMEONE } from '../support/actors.ts';

const DEVICES = ['a', 'b', 'c', 'd', 'e'];
const JOBS = ['method-1', 'method-2', 'twin-1'];

const jobId = fc.constantFrom(...JOBS);
const deviceId = fc.constantFrom(...DEVICES);
const limit = fc.integer({ min: 1, max: 3 });
const outcome: fc.Arbitrary<DeviceOutcome> = fc.constantFrom<DeviceOutcome>(
  { kind: 'answered', answer: { status: 200, payload: null } },
  { kind: 'failed', error: { code: 'X', description: 'x' } },
  { kind: 'notSent' },
);

type Step = { readonly jobId: string; readonly limit: number };
type StepKind = 'expand' | 'claim' | 'patch' | 'interrupt';

type Operation =
  | { readonly kind: 'move'; readonly jobId: string; readonly move: 'start' | 'stop' | 'complete' }
  | ({ readonly kind: StepKind } & Step)
  | { readonly kind: 'end'; readonly jobId: string; readonly limit: number; readonly status: 'failed' | 'canceled' }
  | { readonly kind: 'claimWaiting'; readonly deviceIds: readonly string[]; readonly limit: number }
  | {
      readonly kind: 'outcomes';
      readonly outcomes: readonly { readonly jobId: string; readonly deviceId: string; readonly outcome: DeviceOutcome }[];
    }
  | { readonly kind: 'connect' | 'disconnect' | 'delete'; readonly deviceId: string }
  | { readonly kind: 'crash' };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('move' as const), jobId, move: fc.constantFrom('start', 'start', 'stop', 'complete') }),
  },
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom('expand', 'expand', 'claim', 'patch'), jobId, limit }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('interrupt' as const), jobId, limit }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end' as const), jobId, limit, status: fc.constantFrom('failed', 'canceled') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('claimWaiting' as const), deviceIds: fc.subarray(DEVICES), limit }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('outcomes' as const),
      outcomes: fc.array(fc.record({ jobId, deviceId, outcome }), { maxLength: 8 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('connect', 'connect', 'disconnect', 'delete'), deviceId }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' } as const) },
);

/** Brings every job to where calls are handed out, with devices of which some are away. */
const PREPARATION: readonly Operation[] = [
  { kind: 'connect', deviceId: 'b' },
  { kind: 'connect', deviceId: 'd' },
  ...JOBS.map((id) => ({ kind: 'move', jobId: id, move: 'start' }) as const),
  ...JOBS.map((id) => ({ kind: 'expand', jobId: id, limit: 9 }) as const),
  ...JOBS.map((id) => ({ kind: 'claim', jobId: id, limit: 4 }) as const),
];

const sequence = fc
  .tuple(fc.constantFrom<readonly Operation[]>(PREPARATION, PREPARATION, []), fc.array(operation, { minLength: 10, maxLength: 60 }))
  .map(([first, rest]) => [...first, ...rest]);

/** What is kept of one job. */
type Kept = { job: Job; readonly records: Map<string, DeviceJobStatus> };

/** The store as one would write it without a database. */
class Bookkeeping {
  readonly jobs = new Map<string, Kept>();
  readonly registered = new Set(DEVICES);
  readonly connected = new Set<string>();
  /** How often jobs changed each twin. */
  readonly patches = new Map<string, number>();

  constructor(jobs: readonly Job[]) {
    for (const job of jobs) this.jobs.set(job.jobId, { job, records: new Map() });
  }

  at(id: string): Kept {
    const kept = this.jobs.get(id);
    if (!kept) throw new Error('The model has no such job.');
    return kept;
  }

  isDispatchable(id: string): boolean {
    const { job } = this.at(id);
    return job.status === 'running' && job.expansion.kind === 'sealed';
  }

  some(id: string, statuses: readonly DeviceJobStatus[], count: number): readonly string[] {
    const { records } = this.at(id);
    return [...records]
      .filter(([, status]) => statuses.includes(status))
      .map(([device]) => device)
      .toSorted()
      .slice(0, count);
  }

  expand(id: string, count: number): void {
    const kept = this.at(id);
    const { expansion } = kept.job;
    if (kept.job.status !== 'running' || expansion.kind === 'sealed') return;
    const ahead = [...this.registered].filter((device) => device > (expansion.afterDeviceId ?? '')).toSorted();
    for (const device of ahead.slice(0, count)) kept.records.set(device, 'pending');
    const last = ahead.length < count ? undefined : ahead[count - 1];
    kept.job = { ...kept.job, expansion: last === undefined ? { kind: 'sealed' } : { kind: 'open', afterDeviceId: last } };
  }

  claim(id: string, count: number): readonly string[] {
    if (!this.isDispatchable(id)) return [];
    const taken = this.some(id, ['pending'], count);
    for (const device of taken) this.at(id).records.set(device, this.connected.has(device) ? 'running' : 'waiting');
    return taken.filter((device) => this.connected.has(device));
  }

  patch(id: string, count: number): void {
    if (!this.isDispatchable(id) || this.at(id).job.work.kind !== 'twinPatch') return;
    for (const device of this.some(id, ['pending'], count)) {
      const exists = this.registered.has(device);
      this.at(id).records.set(device, exists ? 'completed' : 'failed');
      if (exists) this.patches.set(device, (this.patches.get(device) ?? 0) + 1);
    }
  }

  record(id: string, device: string, result: DeviceOutcome): void {
    const { records } = this.at(id);
    if (records.get(device) !== 'running') return;
    records.set(device, { answered: 'completed', failed: 'failed', notSent: 'waiting' }[result.kind] as DeviceJobStatus);
  }

  /** Which of them is for the store to choose. @returns how many. */
  countOf(id: string, statuses: readonly DeviceJobStatus[], count: number): number {
    return this.some(id, statuses, count).length;
  }
}

type Performed = Exclude<Operation, { readonly kind: 'crash' }>;

async function perform(stores: Stores, model: Bookkeeping, next: Performed): Promise<void> {
  const { jobs, devices } = stores;
  switch (next.kind) {
    case 'move':
      await performMove(stores, model, next);
      return;
    case 'expand':
      await performExpansion(stores, model, next);
      return;
    case 'claim':
      await performClaim(stores, model, next);
      return;
    case 'patch':
      await jobs.patchTwins({ jobId: next.jobId, limit: next.limit, at: NOON });
      model.patch(next.jobId, next.limit);
      return;
    case 'interrupt':
    case 'end':
      await performEnding(stores, model, next);
      return;
    case 'claimWaiting':
      await performWaiting(stores, model, next);
      return;
    case 'outcomes':
      await jobs.recordOutcomes(next.outcomes, NOON);
      for (const { jobId: id, deviceId: device, outcome: result } of next.outcomes) model.record(id, device, result);
      return;
    case 'connect':
      await devices.recordConnections([
        { kind: 'connected', modelId: '', cleanSession: false, deviceId: next.deviceId, connectionId: 'c', at: NOON },
      ]);
      if (model.registered.has(next.deviceId)) model.connected.add(next.deviceId);
      return;
    case 'disconnect':
      await devices.recordConnections([
        { kind: 'disconnected', deviceId: next.deviceId, connectionId: 'c', at: NOON, activeAt: undefined },
      ]);
      model.connected.delete(next.deviceId);
      return;
    case 'delete':
      await devices.writeDevices([remove(next.deviceId)]);
      model.registered.delete(next.deviceId);
      model.connected.delete(next.deviceId);
      model.patches.delete(next.deviceId);
  }
}

async function performMove(stores: Stores, model: Bookkeeping, next: Extract<Operation, { readonly kind: 'move' }>): Promise<void> {
  const kept = model.at(next.jobId);
  const move: JobMove = { kind: next.move, at: NOON, by: SOMEONE };
  const expected = outcomeOf(() => applyJobMove(kept.job, move));
  expect(await stores.jobs.moveJob(next.jobId, move)).toEqual(expected);
  if (expected.kind === 'done') kept.job = expected.value;
}

async function performExpansion(stores: Stores, model: Bookkeeping, { jobId: id, limit: count }: Step): Promise<void> {
  model.expand(id, count);
  const job = await stores.jobs.expandJob({ jobId: id, condition: parseCondition('*'), limit: count, at: NOON });
  expect(job).toEqual(model.at(id).job);
}

async function performClaim(stores: Stores, model: Bookkeeping, { jobId: id, limit: count }: Step): Promise<void> {
  const { deviceIds, left } = await stores.jobs.claimCalls({ jobId: id, limit: count, at: NOON });
  expect(deviceIds).toEqual(model.claim(id, count));
  expect(left).toBe(model.isDispatchable(id) && model.some(id, ['pending'], 1).length > 0);
}

type Ending = Extract<Operation, { readonly kind: 'end' }> | ({ readonly kind: StepKind } & Step);

/** Which records end is for the store to choose, so the model takes them over from it. */
async function performEnding(stores: Stores, model: Bookkeeping, next: Ending): Promise<void> {
  const { jobId: id, limit: count } = next;
  const from: readonly DeviceJobStatus[] = next.kind === 'end' ? ['pending', 'waiting'] : ['running'];
  const to = next.kind === 'end' ? next.status : 'failed';
  const error = { code: 'X', description: 'x' };
  const ended =
    next.kind === 'end'
      ? await stores.jobs.endUnsent({ jobId: id, status: next.status, error, limit: count, at: NOON })
      : await stores.jobs.failInterrupted({ jobId: id, error, limit: count, at: NOON });
  expect(ended).toBe(model.countOf(id, from, count));
  const { records } = model.at(id);
  const found = await readStatuses(stores, id);
  const changed = [...records].filter(([device, status]) => found[device] !== status);
  expect(changed.every(([device, status]) => from.includes(status) && found[device] === to)).toBe(true);
  expect(changed).toHaveLength(ended);
  for (const [device] of changed) records.set(device, to);
}

async function performWaiting(
  stores: Stores,
  model: Bookkeeping,
  next: Extract<Operation, { readonly kind: 'claimWaiting' }>,
): Promise<void> {
  const candidates = JOBS.filter((id) => model.isDispatchable(id)).flatMap((id) =>
    next.deviceIds.filter((device) => model.at(id).records.get(device) === 'waiting').map((device) => `${id} ${device}`),
  );
  const claimed = await stores.jobs.claimWaiting({ jobIds: JOBS, deviceIds: next.deviceIds, limit: next.limit, at: NOON });
  const keys = claimed.map(({ jobId: id, deviceId: device }) => `${id} ${device}`);
  expect(new Set(keys).size).toBe(Math.min(candidates.length, next.limit));
  expect(keys.every((key) => candidates.includes(key))).toBe(true);
  for (const { jobId: id, deviceId: device } of claimed) model.at(id).records.set(device, 'running');
}

async function compare(stores: Stores, model: Bookkeeping): Promise<void> {
  for (const [id, { job, records }] of model.jobs) {
    expect(await readStatuses(stores, id)).toEqual(Object.fromEntries(records));
    const counts: Partial<Record<DeviceJobStatus, number>> = {};
    for (const status of records.values()) counts[status] = (counts[status] ?? 0) + 1;
    expect(await stores.jobs.readJob(id)).toEqual({ job, counts: countsOf(counts) });
  }
}

export function describeJobLife(newPlace: NewPlace): void {
  test('Any sequence of operations, with crashes, leaves the records that plain bookkeeping has.', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(sequence, async (operations) => {
        const place = await newPlace();
        const jobs = JOBS.map((id) => (id.startsWith('twin') ? twinJob(id) : methodJob(id)));
        const model = new Bookkeeping(jobs);
        let stores = await place.open();
        try {
          await stores.devices.writeDevices(DEVICES.map((device) => put(device)));
          for (const job of jobs) await stores.jobs.createJob(job, SOMEONE);
          for (const next of operations) {
            if (next.kind === 'crash') {
              await stores.close();
              stores = await place.open();
            } else {
              await perform(stores, model, next);
            }
            await compare(stores, model);
          }
          for (const device of model.registered) {
            const found = await stores.twins.readTwin({ deviceId: device });
            expect(found?.twin.desired.version).toBe(1 + (model.patches.get(device) ?? 0));
          }
        } finally {
          await stores.close();
        }
      }),
      { numRuns: 15 },
    );
  });
}
