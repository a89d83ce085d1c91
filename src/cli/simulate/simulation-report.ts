// What a simulation has seen so far, as data and as words.
import type { Latency } from '../../simulator/latency-histogram.ts';
import { latencyOf } from '../../simulator/latency-histogram.ts';
import { addCounts, NO_COUNTS } from '../../simulator/tally.ts';
import { pairs } from '../output.ts';
import type { FleetReading } from './fleet-order.ts';

/** The form of a line of --json, after its `event`. */
export type SimulationReport = {
  /** Since the first device began to connect. */
  readonly seconds: number;
  readonly devices: number;
  readonly connected: number;
  readonly connections: {
    readonly made: number;
    /** Attempts by the reason for which they failed. */
    readonly failed: Readonly<Record<string, number>>;
    /** Ended by the hub or the network; neither flaps nor renewals, which the devices do themselves. */
    readonly lost: number;
    readonly flaps: number;
    readonly renewals: number;
    /** From the begin of the attempt until the device listens. */
    readonly latency: Latency;
  };
  /** `answered`: with 200; `failed`: with 500; `dropped`: not at all. */
  readonly methods: { readonly received: number; readonly answered: number; readonly failed: number; readonly dropped: number };
  /** `skipped`: due when no device could. */
  readonly reports: {
    readonly sent: number;
    readonly accepted: number;
    readonly refused: number;
    readonly skipped: number;
    readonly latency: Latency;
  };
  /** `missed`: versions between two notices on one connection. */
  readonly desired: { readonly received: number; readonly missed: number; readonly outOfOrder: number };
  readonly twinsRead: number;
  /** Packets and messages that no hub may send. */
  readonly malformed: number;
  readonly processes: number;
  readonly cpuSeconds: number;
  readonly memory: { readonly rssBytes: number; readonly bytesPerDevice: number };
};

export function reportOf(
  readings: readonly FleetReading[],
  { seconds, devices }: Pick<SimulationReport, 'seconds' | 'devices'>,
): SimulationReport {
  const { counters, failures, connectMs, reportMs } = readings.map(({ counts }) => counts).reduce(addCounts, NO_COUNTS);
  const sum = (of: (reading: FleetReading) => number): number => readings.reduce((total, reading) => total + of(reading), 0);
  const rssBytes = sum((reading) => reading.rssBytes);
  const grownBytes = rssBytes - sum(({ rssBytesBefore }) => rssBytesBefore);
  return {
    seconds: rounded(seconds),
    devices,
    connected: counters.connected,
    connections: {
      made: counters.connects,
      failed: failures,
      lost: counters.lost,
      flaps: counters.flaps,
      renewals: counters.renewals,
      latency: latencyOf(connectMs),
    },
    methods: {
      received: counters.methodsReceived,
      answered: counters.methodsAnswered,
      failed: counters.methodsFailed,
      dropped: counters.methodsDropped,
    },
    reports: {
      sent: counters.reportsSent,
      accepted: counters.reportsAccepted,
      refused: counters.reportsRefused,
      skipped: counters.reportsSkipped,
      latency: latencyOf(reportMs),
    },
    desired: { received: counters.desiredReceived, missed: counters.desiredMissed, outOfOrder: counters.desiredOutOfOrder },
    twinsRead: counters.twinsRead,
    malformed: counters.malformed,
    processes: readings.length,
    cpuSeconds: rounded(sum((reading) => reading.cpuSeconds)),
    memory: { rssBytes, bytesPerDevice: counters.connected === 0 ? 0 : Math.round(Math.max(grownBytes, 0) / counters.connected) },
  };
}

/** One line. */
export function describeProgress(report: SimulationReport): string {
  const { seconds, connected, devices, connections, methods, reports, desired } = report;
  return [
    `${Math.round(seconds)} s: ${connected} of ${devices} connected`,
    ...(connections.lost > 0 ? [`${connections.lost} lost`] : []),
    ...Object.entries(connections.failed).map(([reason, count]) => `${count} failed (${reason})`),
    `${methods.received} methods`,
    `${reports.accepted} reports`,
    `${desired.received} desired`,
    ...(report.malformed > 0 ? [`${report.malformed} malformed`] : []),
    `${describeMemory(report)}`,
  ].join(', ');
}

/** @param atWork the last report before the devices took their leave: what connected devices cost shows only there. */
export function describeSummary(report: SimulationReport, atWork: SimulationReport): string {
  const { connections, methods, reports, desired } = report;
  const failed = Object.entries(connections.failed).map(([reason, count]) => `${count} failed (${reason})`);
  return pairs([
    ['devices', `${report.devices}, ${atWork.connected} connected at the end`],
    ['time', `${report.seconds} s`],
    [
      'connections',
      [
        `${connections.made} made`,
        ...failed,
        `${connections.lost} lost, ${connections.flaps} flaps, ${connections.renewals} renewals`,
      ].join(', '),
    ],
    ['connecting', describeLatency(connections.latency)],
    [
      'methods',
      `${methods.received} received, ${methods.answered} answered, ${methods.failed} answered with a failure, ${methods.dropped} not answered`,
    ],
    ['reports', `${reports.sent} sent, ${reports.accepted} accepted, ${reports.refused} refused, ${reports.skipped} skipped`],
    ['reporting', describeLatency(reports.latency)],
    ['desired', `${desired.received} received, ${desired.missed} missed, ${desired.outOfOrder} out of order`],
    ['malformed', String(report.malformed)],
    ['memory', describeMemory(atWork)],
    ['cpu', `${report.cpuSeconds} s in ${report.processes === 1 ? '1 process' : `${report.processes} processes`}`],
  ]);
}

function describeLatency({ count, p50Ms, p90Ms, p99Ms, maxMs }: Latency): string {
  return count === 0 ? '' : `half within ${p50Ms} ms, 90 % within ${p90Ms} ms, 99 % within ${p99Ms} ms, all within ${maxMs} ms`;
}

function describeMemory({ memory: { rssBytes, bytesPerDevice } }: SimulationReport): string {
  const perDevice = bytesPerDevice === 0 ? '' : `, ${Math.round(bytesPerDevice / 1024)} KiB per device`;
  return `${Math.round(rssBytes / 1024 / 1024)} MiB${perDevice}`;
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}
