// Runs the contract of the device bus on the bus of a single process, and what only that one knows.
import { describe, expect, test } from 'vitest';
import { LocalDeviceBus } from '../../src/buses/local/local-device-bus.ts';
import { describeDeviceBus } from './device-bus.contract.ts';

describe('The local device bus', () => {
  describeDeviceBus(() => {
    const bus = new LocalDeviceBus();
    return Promise.resolve({ one: bus, other: bus });
  });

  test('It knows who is away.', async () => {
    const bus = new LocalDeviceBus();
    const attachment = await bus.attach('lamp', () => Promise.resolve({ kind: 'received' }));
    attachment.detach();

    expect([bus.mayHold('lamp'), bus.mayHold('door')]).toEqual([false, false]);
  });
});
