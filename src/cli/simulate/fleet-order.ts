// What one process of a simulation is told to do, and how it is done; plain data, for the way between processes.
import type { Behaviour } from '../../simulator/behaviour.ts';
import { Fleet } from '../../simulator/fleet.ts';
import type { FleetCounts } from '../../simulator/tally.ts';
import { createTlsLines } from '../../simulator/tls-line.ts';
import { createSigner } from '../../system/signer.ts';
import { systemClock } from '../../system/system-clock.ts';
import { systemRandom } from '../../system/system-random.ts';
import { systemStopwatch } from '../../system/system-stopwatch.ts';

export type FleetOrder = {
  readonly hub: { readonly hostName: string; readonly address: string; readonly mqttPort: number; readonly caPem: string | undefined };
  /** `behaviour`: an index into `behaviours`. */
  readonly devices: readonly { readonly deviceId: string; readonly key: string; readonly behaviour: number }[];
  readonly behaviours: readonly Behaviour[];
  readonly connectsPerSecond: number;
  readonly reportsPerSecond: number;
  readonly resumeTls: boolean;
};

/** What a process has to say of itself at one moment. */
export type FleetReading = {
  readonly counts: FleetCounts;
  readonly rssBytes: number;
  /** Before the first device connected. */
  readonly rssBytesBefore: number;
  readonly cpuSeconds: number;
};

export type OpenFleet = { read(): FleetReading; stop(): Promise<void> };

/** Begins to connect. */
export function openFleet(order: FleetOrder): OpenFleet {
  const { hub, devices, behaviours, connectsPerSecond, reportsPerSecond, resumeTls } = order;
  const { hostName, address, mqttPort: port, caPem } = hub;
  const specs = devices.flatMap(({ behaviour: index, ...device }) => {
    const behaviour = behaviours[index];
    return behaviour === undefined ? [] : [{ ...device, behaviour }];
  });
  const fleet = new Fleet(
    { devices: specs, hostName, connectsPerSecond, reportsPerSecond },
    {
      openLine: createTlsLines({ address, port, hostName, caPem, resume: resumeTls }),
      clock: systemClock,
      stopwatch: systemStopwatch,
      random: systemRandom,
      signer: createSigner(),
    },
  );
  const rssBytesBefore = process.memoryUsage.rss();
  fleet.start();
  return {
    read(): FleetReading {
      const { user, system } = process.cpuUsage();
      return { counts: fleet.counts(), rssBytes: process.memoryUsage.rss(), rssBytesBefore, cpuSeconds: (user + system) / 1e6 };
    },
    stop: () => fleet.stop(),
  };
}
