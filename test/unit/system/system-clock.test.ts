// The machine's clock: delays of any length, and timers that hold no process alive.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/system/system-clock.ts';

const DAY_MS = 24 * 3600_000;

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells the time of the machine', () => {
    vi.setSystemTime(1_234_567);

    expect(systemClock.nowMs()).toBe(1_234_567);
  });

  it('runs a timer after its delay, once', () => {
    const run = vi.fn<() => void>();
    systemClock.after(1000, run);

    vi.advanceTimersByTime(999);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(10_000);
    expect(run).toHaveBeenCalledOnce();
  });

  it.each([0, -1])('runs a timer with a delay of %i at the next turn', (delayMs) => {
    const run = vi.fn<() => void>();
    systemClock.after(delayMs, run);

    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);

    expect(run).toHaveBeenCalledOnce();
  });

  it('waits out delays that a single timer of Node.js cannot hold', () => {
    const run = vi.fn<() => void>();
    systemClock.after(60 * DAY_MS, run);

    vi.advanceTimersByTime(60 * DAY_MS - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);

    expect(run).toHaveBeenCalledOnce();
  });

  it.each([
    ['a short', 1000],
    ['a long', 60 * DAY_MS],
  ])('never runs %s timer that was cancelled, however late', (_, delayMs) => {
    const run = vi.fn<() => void>();
    const timer = systemClock.after(delayMs, run);
    vi.advanceTimersByTime(delayMs - 1);

    timer.cancel();
    vi.advanceTimersByTime(delayMs);
    timer.cancel();

    expect(run).not.toHaveBeenCalled();
  });

  it('asks Node.js for few different delays, however many long ones are waited for, and runs each timer at its time', () => {
    const asked = vi.spyOn(globalThis, 'setTimeout');
    const delays = Array.from({ length: 100 }, (_, index) => 3600_000 + 977 * index);
    const startedAtMs = performance.now();
    const ranAfterMs: number[] = [];
    for (const delayMs of delays) systemClock.after(delayMs, () => ranAfterMs.push(performance.now() - startedAtMs));

    const longOnes = new Set(asked.mock.calls.map(([, delayMs]) => delayMs));
    vi.advanceTimersByTime(3600_000 + 977 * 100);

    expect(longOnes).toEqual(new Set([2 ** 21]));
    expect(ranAfterMs).toEqual(delays);
  });

  it('holds no process alive', async () => {
    vi.useRealTimers();
    const module = new URL('../../../src/system/system-clock.ts', import.meta.url);
    const script = `import { systemClock } from '${module.href}'; systemClock.after(${DAY_MS}, () => undefined); console.log('set');`;

    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);

    expect(stdout).toBe('set\n');
  });
});
