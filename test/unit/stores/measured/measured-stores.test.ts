// Stores behind the ones that measure: they answer and refuse as before, and each call is told of with its time.
import { describe, expect, it } from 'vitest';
import { HubError } from '../../../../src/domain/errors.ts';
import type { Stores } from '../../../../src/ports/stores.ts';
import { measuredStores } from '../../../../src/stores/measured/measured-stores.ts';
import { openEphemeralStore } from '../../../../src/stores/sqlite/open-ephemeral-store.ts';
import { RecordingMetrics } from '../../../support/recording-metrics.ts';

function measuring(stores: Stores): { readonly stores: Stores; readonly told: RecordingMetrics } {
  const told = new RecordingMetrics();
  let elapsedMs = 0;
  // Each look at the stopwatch is 250 ms after the last one.
  const stopwatch = { elapsedMs: (): number => (elapsedMs += 250) };
  return { stores: measuredStores(stores, { metrics: told.metrics, stopwatch }), told };
}

describe('a measured store', () => {
  it('answers as the store does, and tells the time and the size of a commit', async () => {
    const inner = await openEphemeralStore({});
    const { stores, told } = measuring(inner);

    const written = await stores.twins.applyTwinChanges([]);
    const read = await stores.devices.readDevice('missing');
    await stores.twins.readTwins([{ deviceId: 'missing' }]);
    await stores.checkReady();
    await stores.close();

    expect([written, read]).toEqual([[], undefined]);
    expect(told.begun).toEqual(['applyTwinChanges', 'readDevice', 'readTwins']);
    expect(told.ended).toEqual([
      { operation: 'applyTwinChanges', items: 0, failed: false, seconds: 0.25 },
      { operation: 'readDevice', items: undefined, failed: false, seconds: 0.25 },
      { operation: 'readTwins', items: undefined, failed: false, seconds: 0.25 },
    ]);
  });

  it('refuses as the store does, and tells of that too', async () => {
    const inner = await openEphemeralStore({});
    const { stores, told } = measuring(inner);
    await stores.close();

    const reading = stores.devices.readDevice('any');

    await expect(reading).rejects.toThrow(new HubError('ServiceUnavailable', 'The store is closed.'));
    expect(told.ended).toEqual([{ operation: 'readDevice', items: undefined, failed: true, seconds: 0.25 }]);
  });

  it('rejects where a store throws before it has a promise', async () => {
    const inner = await openEphemeralStore({});
    const broken = {
      readDevice: (): Promise<never> => {
        throw new Error('broken');
      },
    };
    const { stores, told } = measuring({ ...inner, devices: { ...inner.devices, ...broken } });

    await expect(stores.devices.readDevice('any')).rejects.toThrow('broken');

    expect(told.ended).toMatchObject([{ failed: true }]);
    await inner.close();
  });
});
