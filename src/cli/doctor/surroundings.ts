// What the checks of `twinhub doctor` look at besides the hub, given from outside.
import type { StoreConfig } from '../../config/config.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StoreInspection } from '../../ports/store-inspection.ts';

export type Surroundings = {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** Where the app of the user is. */
  readonly folder: string;
  readonly nodeVersion: string;
  /** May block this thread, so it is called when everything else has ended. */
  readonly inspectStore: (store: StoreConfig) => Promise<StoreInspection>;
};
