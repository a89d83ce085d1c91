// Goal: whatever devices answer, whoever stops the job and whenever the hub dies, counts add up, no move is illegal, and every job ends.
// Method: random events against a model of a store, which alone survives a crash; the steps are taken as `nextStep` says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyJobMove, type JobMove } from '../../../../src/domain/job/job-moves.ts';
import type { DeviceJobStatus, Job, JobCounts } from '../../../../src/domain/job/job.ts';
import { nextStep } from '../../../../src/domain/job/next-step.ts';
import { HubError } from '../../../../src/domain/errors.ts';
import { countsOf, methodJob } from '../../../support/job-builders.ts';
import { NOON } from '../../../support/store-builders.ts';
import { SOMEONE } from '../../../support/actors.ts';

const CHUNK = 2;
const START_MS = Date.parse(NOON);
const FINAL: readonly DeviceJobStatus[] = ['completed', 'failed', 'canceled'];

type Event =
  | { readonly kind: 'step' | 'crash' | 'stop' | 'cancel' | 'fail' }
  | { readonly kind: 'tick'; readonly seconds: number }
  | { readonly kind: 'outcome'; readonly device: number; readonly status: 'completed' | 'failed' | 'waiting' }
  | { readonly kind: 'arrive' | 'leave'; readonly device: number };

const device = fc.nat({ max: 6 });
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'step' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('outcome' as const), device, status: fc.constantFrom('completed', 'failed', 'waiting') }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('arrive', 'leave'), device }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), seconds: fc.nat({ max: 200 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('crash', 'stop', 'cancel', 'fail') }) },
);
const lives = fc.record({
  targets: fc.nat({ max: 7 }),
  startAheadSeconds: fc.nat({ max: 100 }),
  events: fc.array(event, { maxLength: 60 }),
});

/** All that survives a crash, and the devices. Which calls are under way is known only until then. */
class World {
  job: Job;
  nowMs = START_MS;
  readonly targets: number;
  readonly records = new Map<number, DeviceJobStatus>();
  readonly connected = new Set<number>();
  /** How often each device was called. */
  readonly calls = new Map<number, number>();
  readonly underWay = new Set<number>();

  constructor(targets: number, startAheadSeconds: number) {
    this.targets = targets;
    this.job = methodJob('job-1', { startTime: new Date(START_MS + startAheadSeconds * 1000).toISOString() });
  }

  get counts(): JobCounts {
    const counts: Partial<Record<DeviceJobStatus, number>> = {};
    for (const status of this.records.values()) counts[status] = (counts[status] ?? 0) + 1;
    return countsOf(counts);
  }

  move(kind: JobMove['kind']): void {
    this.job = applyJobMove(this.job, { kind, reason: 'No reason.', at: new Date(this.nowMs).toISOString(), by: SOMEONE });
  }

  /** @returns what was done. */
  step(): ReturnType<typeof nextStep>['kind'] {
    const step = nextStep({ job: this.job, counts: this.counts, nowMs: this.nowMs });
    switch (step.kind) {
      case 'schedule':
      case 'start':
      case 'complete':
        this.move(step.kind);
        break;
      case 'expand':
        this.#expand();
        break;
      case 'dispatch':
        for (const target of this.#some(['pending'])) this.#claim(target);
        break;
      case 'endUnsent':
        for (const target of this.#some(['pending', 'waiting'])) this.records.set(target, step.status);
        break;
      case 'wait':
      case 'ended':
        break;
    }
    return step.kind;
  }

  happen(next: Event): void {
    switch (next.kind) {
      case 'step':
        this.step();
        break;
      case 'tick':
        this.nowMs += next.seconds * 1000;
        break;
      case 'outcome':
        this.settle(next.device, next.status);
        break;
      case 'arrive':
        this.#arrive(next.device);
        break;
      case 'leave':
        this.connected.delete(next.device);
        break;
      case 'crash':
        this.#crash();
        break;
      case 'stop':
      case 'cancel':
      case 'fail':
        this.#askFor(next.kind);
        break;
    }
  }

  /** As `recordOutcomes`: counts only for a call that is under way. */
  settle(target: number, status: DeviceJobStatus): void {
    if (!this.underWay.delete(target)) return;
    if (status === 'waiting') this.calls.set(target, (this.calls.get(target) ?? 0) - 1);
    this.records.set(target, status);
  }

  #expand(): void {
    const first = this.records.size;
    for (let target = first; target < Math.min(first + CHUNK, this.targets); target += 1) this.records.set(target, 'pending');
    if (this.records.size === this.targets) this.job = { ...this.job, expansion: { kind: 'sealed' } };
  }

  #some(statuses: readonly DeviceJobStatus[]): readonly number[] {
    return [...this.records]
      .filter(([, status]) => statuses.includes(status))
      .slice(0, CHUNK)
      .map(([target]) => target);
  }

  #claim(target: number): void {
    if (!this.connected.has(target)) {
      this.records.set(target, 'waiting');
      return;
    }
    this.records.set(target, 'running');
    this.underWay.add(target);
    this.calls.set(target, (this.calls.get(target) ?? 0) + 1);
  }

  /** As `claimWaiting`, which the engine asks for within the window only. */
  #arrive(target: number): void {
    this.connected.add(target);
    const isDispatched = this.job.status === 'running' && this.job.expansion.kind === 'sealed';
    if (isDispatched && this.records.get(target) === 'waiting') this.#claim(target);
  }

  /** Everything but the records is forgotten, and nobody knows what became of calls under way. */
  #crash(): void {
    this.underWay.clear();
    this.connected.clear();
    for (const [target, status] of this.records) if (status === 'running') this.records.set(target, 'failed');
  }

  /** Callers ask at any time and may be refused. */
  #askFor(kind: 'stop' | 'cancel' | 'fail'): void {
    try {
      this.move(kind);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
    }
  }
}

function liveThrough(
  life: { readonly targets: number; readonly startAheadSeconds: number; readonly events: readonly Event[] },
  check: (world: World) => void,
): World {
  const world = new World(life.targets, life.startAheadSeconds);
  for (const next of life.events) {
    world.happen(next);
    check(world);
  }
  return world;
}

function total(counts: JobCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

describe('through any life of a job', () => {
  it('its counts add up to its targets as soon as these are selected, and a record that is final stays as it is', () => {
    fc.assert(
      fc.property(lives, (life) => {
        let final = new Map<number, DeviceJobStatus>();
        liveThrough(life, ({ job, counts, records, targets }) => {
          expect(total(counts)).toBe(job.expansion.kind === 'sealed' ? targets : records.size);
          for (const [target, status] of final) expect(records.get(target)).toBe(status);
          final = new Map([...records].filter(([, status]) => FINAL.includes(status)));
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('no device is called twice, and none before all are selected', () => {
    fc.assert(
      fc.property(lives, (life) => {
        liveThrough(life, ({ job, calls }) => {
          expect([...calls.values()].every((times) => times <= 1)).toBe(true);
          expect(job.expansion.kind === 'open' ? calls.size : 0).toBe(0);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('the job ends once the window is over and each call that was sent has an outcome, and then every record is final', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const world = liveThrough(life, () => undefined);

        world.nowMs += 1_000_000;
        for (let steps = 0; steps < 50 && world.job.endTime === undefined; steps += 1) {
          if (world.step() === 'wait') for (const target of world.underWay) world.settle(target, 'completed');
        }

        expect(world.job.endTime).toBeDefined();
        expect([...world.records.values()].every((status) => FINAL.includes(status))).toBe(true);
        expect(world.step()).toBe('ended');
      }),
      { numRuns: 1000 },
    );
  });
});
