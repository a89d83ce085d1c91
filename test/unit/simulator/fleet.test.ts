// How a fleet connects: at its rate, with a bound on what is open, and to its end.
import { describe, expect, it } from 'vitest';
import { lineAt, startScriptedFleet } from '../../support/simulator/scripted-hub.ts';

describe('a fleet', () => {
  it('connects at its rate', () => {
    const { clock, lines } = startScriptedFleet({ devices: 30, connectsPerSecond: 10 });

    clock.advance(1000);
    const afterOne = lines.length;
    clock.advance(1000);

    expect([afterOne, lines.length]).toEqual([10, 20]);
  });

  it('connects slower than once a second', () => {
    const { clock, lines } = startScriptedFleet({ devices: 3, connectsPerSecond: 0.5 });

    clock.advance(4000);

    expect(lines).toHaveLength(2);
  });

  it('has 50 attempts open at most, and goes on as they end', () => {
    const { clock, lines } = startScriptedFleet({ devices: 60, connectsPerSecond: 10_000 });

    clock.advance(1000);
    const atFirst = lines.length;
    lineAt(lines, 0).accept();
    lineAt(lines, 1).close('ECONNRESET');
    clock.advance(20);

    expect([atFirst, lines.length]).toEqual([50, 52]);
  });

  it('stops at once what has no line, and cuts after five seconds what the hub does not close', async () => {
    const { fleet, clock, lines } = startScriptedFleet({ devices: 3, connectsPerSecond: 100 });
    clock.advance(20);
    lineAt(lines, 0).accept();
    lineAt(lines, 0).close();
    lineAt(lines, 1).accept();

    const stopped = fleet.stop();
    clock.advance(4999);
    const before = lineAt(lines, 1).ended;
    clock.advance(1);
    for (const line of lines.slice(1)) line.close();
    await stopped;

    expect(before).toBe('leave');
    expect(lineAt(lines, 1).wasCut).toBe(true);
    clock.advance(100_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('without anything connected stops at once', async () => {
    const { fleet, clock } = startScriptedFleet({ devices: 1, connectsPerSecond: 0.001 });

    await fleet.stop();
    clock.advance(100_000);

    expect(clock.pendingTimers).toBe(0);
  });
});
