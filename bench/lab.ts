// What every bench is given: how long to measure, with how many devices, and hubs to measure.
import type { EnduranceSample } from './endurance/samples.ts';
import { type HubOptions, type HubUnderTest, type Profile, startHub } from './load/hub.ts';
import { type StoreName, type TwinFleet, twinFleet } from './load/twin-fleet.ts';

export type LabOptions = {
  readonly rounds: number;
  readonly seconds: number;
  /** How many devices the benches take that have very many; those that they name unless given. */
  readonly devices: number | undefined;
  /** How long the hub has to endure. */
  readonly minutes: number;
  readonly profile: Profile;
  readonly say: (line: string) => void;
};

/** A bench over a million devices takes minutes for a round. */
const LONG_ROUNDS = 3;

/** Of the fleet that queries are measured on. */
const FLEET_DEVICES = 1_000_000;

export class Lab implements AsyncDisposable {
  readonly rounds: number;
  readonly longRounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly minutes: number;
  /** What a reader of the results has to know beside the numbers. */
  readonly notes: string[] = [];
  /** What was seen over time by the bench that takes long. */
  samples: readonly EnduranceSample[] = [];
  readonly #options: LabOptions;
  readonly #fleets = new Map<StoreName, TwinFleet | string>();

  constructor(options: LabOptions) {
    this.rounds = options.rounds;
    this.longRounds = Math.min(options.rounds, LONG_ROUNDS);
    this.seconds = options.seconds;
    this.warmUpSeconds = Math.min(2, options.seconds);
    this.minutes = options.minutes;
    this.#options = options;
  }

  /** @param most how many a bench takes by itself. */
  devices(most: number): number {
    return this.#options.devices ?? most;
  }

  say(line: string): void {
    this.#options.say(line);
  }

  note(line: string): void {
    this.notes.push(line);
    this.say(line);
  }

  /** The same for all benches; it goes with the lab. @returns `undefined`, and a note says why, when there is no such store here. */
  async twinFleet(store: StoreName): Promise<TwinFleet | undefined> {
    let fleet = this.#fleets.get(store);
    if (fleet === undefined) {
      const devices = this.devices(FLEET_DEVICES);
      this.say(`Filling a store with ${devices.toLocaleString('en')} devices.`);
      fleet = await twinFleet(store, devices);
      this.#fleets.set(store, fleet);
      if (typeof fleet === 'string') this.note(fleet);
    }
    return typeof fleet === 'string' ? undefined : fleet;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const fleet of this.#fleets.values()) if (typeof fleet !== 'string') await fleet[Symbol.asyncDispose]();
  }

  startHub(options: Omit<HubOptions, 'profile'> = {}): Promise<HubUnderTest> {
    return startHub({ ...options, profile: this.#options.profile });
  }
}

/** Closes them together when the scope ends. */
export function closeAll(opened: readonly Disposable[]): Disposable {
  return { [Symbol.dispose]: () => opened.forEach((each) => each[Symbol.dispose]()) };
}
