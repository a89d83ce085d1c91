// A fleet of simulated devices in one process: lets them connect one after the other, and spreads reports over them.
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Signer } from '../ports/signer.ts';
import type { Stopwatch } from '../ports/stopwatch.ts';
import type { OpenLine } from './line.ts';
import { type DeviceSpec, SimulatedDevice } from './simulated-device.ts';
import { type FleetCounts, Tally } from './tally.ts';

export type FleetPlan = {
  readonly devices: readonly DeviceSpec[];
  /** The name of the hub in tokens. */
  readonly hostName: string;
  /** Connections begun in a second, at most; those that are made again count too. */
  readonly connectsPerSecond: number;
  /** Reports in a second, over all devices; 0 for none but the answers to desired properties. */
  readonly reportsPerSecond: number;
};

export type FleetMachine = {
  readonly openLine: OpenLine;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly random: Random;
  readonly signer: Signer;
};

const TICK_MS = 20;
/** Work of a time in which the process did not get to it is done later, up to this much. */
const CATCH_UP_MS = 1000;
/** More handshakes at a time end no sooner, and each holds memory. */
const CONNECTS_OPEN = 50;

export class Fleet {
  readonly #plan: FleetPlan;
  readonly #machine: FleetMachine;
  readonly #tally = new Tally();
  readonly #devices = new Set<SimulatedDevice>();
  /** In turn, for reports. */
  readonly #order: readonly SimulatedDevice[];
  #queue: SimulatedDevice[] = [];
  #next = 0;
  #connectsOpen = 0;
  #connectsDue = 0;
  #reportsDue = 0;
  #tickedMs = 0;
  #stopping: PromiseWithResolvers<void> | undefined;

  /** Nothing begins before `start`. */
  constructor(plan: FleetPlan, machine: FleetMachine) {
    this.#plan = plan;
    this.#machine = machine;
    const shared = {
      ...machine,
      hostName: plan.hostName,
      tally: this.#tally,
      queue: (device: SimulatedDevice) => void this.#queue.push(device),
      settled: () => void (this.#connectsOpen -= 1),
      gone: (device: SimulatedDevice) => this.#forget(device),
    };
    this.#order = plan.devices.map((spec) => new SimulatedDevice(spec, shared));
  }

  start(): void {
    for (const device of this.#order) this.#devices.add(device);
    this.#queue = [...this.#order];
    this.#tickedMs = this.#machine.stopwatch.elapsedMs();
    this.#tick();
  }

  counts(): FleetCounts {
    return this.#tally.counts();
  }

  /** Each device takes its leave. Resolves when every line is closed, which takes a few seconds at most. */
  async stop(): Promise<void> {
    this.#stopping = Promise.withResolvers();
    this.#queue = [];
    for (const device of this.#devices) device.stop();
    if (this.#devices.size > 0) await this.#stopping.promise;
  }

  #tick(): void {
    if (this.#stopping !== undefined) return;
    const nowMs = this.#machine.stopwatch.elapsedMs();
    const passedSeconds = Math.min(nowMs - this.#tickedMs, CATCH_UP_MS) / 1000;
    this.#tickedMs = nowMs;
    this.#connectDue(passedSeconds);
    this.#reportDue(passedSeconds);
    this.#machine.clock.after(TICK_MS, () => this.#tick());
  }

  #connectDue(passedSeconds: number): void {
    const { connectsPerSecond } = this.#plan;
    // What nobody needed is not saved up for a burst.
    const most = Math.max(1, (connectsPerSecond * CATCH_UP_MS) / 1000);
    this.#connectsDue = Math.min(this.#connectsDue + connectsPerSecond * passedSeconds, most);
    const turns = Math.min(Math.floor(this.#connectsDue), CONNECTS_OPEN - this.#connectsOpen, this.#queue.length);
    if (turns <= 0) return;
    this.#connectsDue -= turns;
    this.#connectsOpen += turns;
    for (const device of this.#queue.splice(0, turns)) device.connect();
  }

  #reportDue(passedSeconds: number): void {
    this.#reportsDue += this.#plan.reportsPerSecond * passedSeconds;
    for (; this.#reportsDue >= 1; this.#reportsDue -= 1) {
      if (!this.#reportFromNext()) {
        this.#tally.add('reportsSkipped', Math.floor(this.#reportsDue));
        this.#reportsDue %= 1;
        return;
      }
    }
  }

  /** @returns false when no device can. */
  #reportFromNext(): boolean {
    for (let tried = 0; tried < this.#order.length; tried += 1) {
      const device = this.#order[this.#next];
      this.#next = (this.#next + 1) % this.#order.length;
      if (device?.report()) return true;
    }
    return false;
  }

  #forget(device: SimulatedDevice): void {
    this.#devices.delete(device);
    if (this.#devices.size === 0) this.#stopping?.resolve();
  }
}
