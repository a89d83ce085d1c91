// One simulation from its first device to the signal, or the time, that ends it.
import { readFile } from 'node:fs/promises';
import { type Behaviour, shareOut, type WeightedBehaviour } from '../../simulator/behaviour.ts';
import { pause } from '../../system/pause.ts';
import { systemRandom } from '../../system/system-random.ts';
import { systemStopwatch } from '../../system/system-stopwatch.ts';
import { CommandFailure } from '../command-failure.ts';
import type { HubTarget } from '../find-hub.ts';
import type { HubClient } from '../hub-client.ts';
import type { Display } from './display.ts';
import type { FleetOrder } from './fleet-order.ts';
import { startFleet } from './fleet-processes.ts';
import { type FleetIdentity, FleetRegistry } from './register-fleet.ts';
import { reportOf, type SimulationReport } from './simulation-report.ts';

export type SimulationPlan = {
  readonly devices: number;
  readonly prefix: string;
  /** At least one. */
  readonly behaviours: readonly WeightedBehaviour[];
  readonly reportsPerSecond: number;
  readonly connectsPerSecond: number;
  readonly processes: number;
  /** `undefined`: until `interrupted`. */
  readonly seconds: number | undefined;
  /** Between two lines of progress; `undefined`: as the display has it. */
  readonly progressSeconds: number | undefined;
  readonly removes: boolean;
  readonly resumeTls: boolean;
};

const LOOK_EVERY_MS = 100;

/**
 * Resolves when every device has taken its leave. @param interrupted ends it, as its time does.
 * @throws CommandFailure when the hub refuses, or no device was ever connected, or a process of it died; the summary is shown before.
 */
export async function runSimulation(
  plan: SimulationPlan,
  hub: HubClient,
  { display, interrupted }: { readonly display: Display; readonly interrupted: AbortSignal },
): Promise<void> {
  const registry = new FleetRegistry(hub, { prefix: plan.prefix, random: systemRandom });
  let failure: CommandFailure | undefined;
  try {
    const identities = await registry.register(plan.devices, interrupted);
    if (!interrupted.aborted) failure = await simulate(await ordersFor(plan, identities, hub.target), plan, { display, interrupted });
  } finally {
    if (plan.removes) await registry.remove();
  }
  if (failure) throw failure;
}

/** @returns what the command fails with, if it does. */
async function simulate(
  orders: readonly FleetOrder[],
  plan: SimulationPlan,
  { display, interrupted }: { readonly display: Display; readonly interrupted: AbortSignal },
): Promise<CommandFailure | undefined> {
  const beganMs = systemStopwatch.elapsedMs();
  const secondsPassed = (): number => (systemStopwatch.elapsedMs() - beganMs) / 1000;
  const fleet = startFleet(orders);
  const read = (): SimulationReport => reportOf(fleet.read(), { seconds: secondsPassed(), devices: plan.devices });
  const failed = new AbortController();
  void fleet.fault.then(() => failed.abort());
  await watch({ read, plan, display, until: AbortSignal.any([interrupted, failed.signal]) });
  const atWork = read();
  await fleet.stop();
  const last = read();
  display.summary(last, atWork);
  if (failed.signal.aborted) return fleet.fault;
  return last.connections.made > 0 ? undefined : new CommandFailure(describeNoConnection(last));
}

type Watch = {
  readonly read: () => SimulationReport;
  readonly plan: SimulationPlan;
  readonly display: Display;
  readonly until: AbortSignal;
};

async function watch({ read, plan, display, until }: Watch): Promise<void> {
  const { seconds, progressSeconds = display.everySeconds } = plan;
  let shownSeconds = 0;
  let wereAllConnected = false;
  while (!until.aborted) {
    await pause(LOOK_EVERY_MS, until);
    const report = read();
    if (!wereAllConnected && report.connected === report.devices) {
      wereAllConnected = true;
      display.connected(report);
    }
    if (report.seconds - shownSeconds >= progressSeconds) {
      shownSeconds = report.seconds;
      display.progress(report);
    }
    if (seconds !== undefined && report.seconds >= seconds) return;
  }
}

/** One for each process; devices are dealt out like cards, so that each process has some of each behaviour. */
async function ordersFor(plan: SimulationPlan, identities: readonly FleetIdentity[], target: HubTarget): Promise<readonly FleetOrder[]> {
  const { hostName, address, mqttPort, caPath } = target;
  const caPem = caPath === undefined ? undefined : await readFile(caPath, 'utf8');
  const kinds = shareOut(identities.length, plan.behaviours).flatMap((count, index) => Array.from({ length: count }, () => index));
  const devices = identities.map((identity, index) => ({ ...identity, behaviour: kinds[index] ?? 0 }));
  const behaviours: readonly Behaviour[] = plan.behaviours.map(({ behaviour }) => behaviour);
  return Array.from({ length: plan.processes }, (_, process) => ({
    hub: { hostName, address, mqttPort, caPem },
    devices: devices.filter((_device, index) => index % plan.processes === process),
    behaviours,
    connectsPerSecond: plan.connectsPerSecond / plan.processes,
    reportsPerSecond: plan.reportsPerSecond / plan.processes,
    resumeTls: plan.resumeTls,
  }));
}

function describeNoConnection({ connections }: SimulationReport): string {
  const reasons = Object.keys(connections.failed).join(', ');
  const seen = reasons === '' ? '' : ` (${reasons})`;
  return `No device was ever connected${seen}. Check the MQTT port of the hub with \`twinhub doctor\`, or give it more time.`;
}
