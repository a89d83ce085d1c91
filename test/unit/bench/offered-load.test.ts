// Load that is offered at a rate, whatever becomes of what was offered before.
import { describe, expect, it } from 'vitest';
import { offer, offerAtRate } from '../../../bench/load/offered-load.ts';

describe('an offered load', () => {
  it('goes on while nothing is answered, and counts the time from when each operation was due', async () => {
    const stopped = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    let begun = 0;

    const latencies = offer({
      perSecond: 1000,
      until: stopped.promise,
      operation: () => {
        begun += 1;
        if (begun === 20) stopped.resolve();
        if (begun === 20) answered.resolve();
        return answered.promise;
      },
    });

    const measured = await latencies;
    expect(measured).toHaveLength(begun);
    expect(begun).toBeGreaterThanOrEqual(20);
    expect(Math.max(...measured)).toBeGreaterThanOrEqual(19);
  });

  it('fails with what an operation fails with', async () => {
    const refused = offer({ perSecond: 1000, until: Promise.resolve(), operation: () => Promise.reject(new Error('no')) });

    await expect(refused).rejects.toThrow('no');
  });
});

describe('a load that is offered at a rate', () => {
  it('holds what was answered while it was offered, though the rest is waited for', async () => {
    const over = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    let begun = 0;
    const operation = async (): Promise<void> => {
      begun += 1;
      if (begun % 2 === 0) await answered.promise;
      if (begun < 40) return;
      over.resolve();
      // After whoever looks at what was answered by the end.
      setImmediate(answered.resolve);
    };

    const { heldPercent, p99Ms } = await offerAtRate({ perSecond: 1000, operation }, over.promise);

    expect(heldPercent).toBeGreaterThan(0);
    expect(heldPercent).toBeLessThan(60);
    expect(p99Ms).toBeGreaterThan(0);
  });
});
