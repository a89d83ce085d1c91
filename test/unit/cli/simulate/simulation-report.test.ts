// What a simulation tells people: sums over processes, and the words for them.
import { describe, expect, it } from 'vitest';
import type { FleetReading } from '../../../../src/cli/simulate/fleet-order.ts';
import { describeProgress, describeSummary, reportOf } from '../../../../src/cli/simulate/simulation-report.ts';
import { Tally } from '../../../../src/simulator/tally.ts';

const MIB = 1024 * 1024;

function reading(fill: (tally: Tally) => void): FleetReading {
  const tally = new Tally();
  fill(tally);
  return { counts: tally.counts(), rssBytes: 30 * MIB, rssBytesBefore: 20 * MIB, cpuSeconds: 1.25 };
}

const busy = reading((tally) => {
  tally.add('connected', 100);
  tally.add('connects', 120);
  tally.add('lost', 3);
  tally.add('flaps', 17);
  tally.failed('timeout');
  tally.connectMs.record(10);
  tally.add('methodsReceived', 7);
  tally.add('reportsSent', 5);
  tally.add('reportsAccepted', 4);
  tally.add('malformed', 2);
});
const quiet = reading((tally) => tally.add('connected', 28));

describe('a report', () => {
  it('adds up the processes', () => {
    expect(reportOf([busy, quiet], { seconds: 12.345, devices: 130 })).toMatchObject({
      seconds: 12.3,
      devices: 130,
      connected: 128,
      connections: { made: 120, failed: { timeout: 1 }, latency: { count: 1 } },
      processes: 2,
      cpuSeconds: 2.5,
      memory: { rssBytes: 60 * MIB, bytesPerDevice: (20 * MIB) / 128 },
    });
  });

  it('of no process that has said anything yet is all zeros', () => {
    expect(reportOf([], { seconds: 0, devices: 5 })).toMatchObject({
      connected: 0,
      processes: 0,
      memory: { rssBytes: 0, bytesPerDevice: 0 },
    });
  });

  it('is a line with what went wrong, if anything did', () => {
    expect(describeProgress(reportOf([busy], { seconds: 61, devices: 130 }))).toBe(
      '61 s: 100 of 130 connected, 3 lost, 1 failed (timeout), 7 methods, 4 reports, 0 desired, 2 malformed, 30 MiB, 102 KiB per device',
    );
    expect(describeProgress(reportOf([quiet], { seconds: 1, devices: 28 }))).toBe(
      '1 s: 28 of 28 connected, 0 methods, 0 reports, 0 desired, 30 MiB, 366 KiB per device',
    );
  });

  it('is a summary at the end, with the memory of the time before devices took their leave', () => {
    const atWork = reportOf([busy], { seconds: 60, devices: 130 });
    const last = reportOf([reading(() => undefined)], { seconds: 61, devices: 130 });

    const summary = describeSummary({ ...last, connections: atWork.connections }, atWork);

    expect(summary.split('\n')).toEqual([
      'devices      130, 100 connected at the end',
      'time         61 s',
      'connections  120 made, 1 failed (timeout), 3 lost, 17 flaps, 0 renewals',
      'connecting   half within 10.2 ms, 90 % within 10.2 ms, 99 % within 10.2 ms, all within 10.2 ms',
      'methods      0 received, 0 answered, 0 answered with a failure, 0 not answered',
      'reports      0 sent, 0 accepted, 0 refused, 0 skipped',
      'desired      0 received, 0 missed, 0 out of order',
      'malformed    0',
      'memory       30 MiB, 102 KiB per device',
      'cpu          1.3 s in 1 process',
    ]);
  });
});
