// What every bench is given: how long to measure, and hubs to measure.
import { type HubOptions, type HubUnderTest, startHub } from './load/hub.ts';

export type LabOptions = {
  readonly rounds: number;
  readonly seconds: number;
  /** For the hub's process, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
  readonly say: (line: string) => void;
};

export class Lab {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly say: LabOptions['say'];
  readonly #nodeOptions: readonly string[];

  constructor({ rounds, seconds, nodeOptions, say }: LabOptions) {
    this.rounds = rounds;
    this.seconds = seconds;
    this.warmUpSeconds = Math.min(2, seconds);
    this.say = say;
    this.#nodeOptions = nodeOptions;
  }

  startHub(options: Pick<HubOptions, 'certificatesFrom'> = {}): Promise<HubUnderTest> {
    return startHub({ ...options, nodeOptions: this.#nodeOptions });
  }
}

/** Closes them together when the scope ends. */
export function closeAll(opened: readonly Disposable[]): Disposable {
  return { [Symbol.dispose]: () => opened.forEach((each) => each[Symbol.dispose]()) };
}
