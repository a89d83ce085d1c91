// Runs the contract of the device bus on the bus of a single process.
import { describe } from 'vitest';
import { LocalDeviceBus } from '../../src/buses/local/local-device-bus.ts';
import { describeDeviceBus } from './device-bus.contract.ts';

describe('The local device bus', () => {
  describeDeviceBus(() => {
    const bus = new LocalDeviceBus();
    return Promise.resolve({ one: bus, other: bus });
  });
});
