// Names of digital twins, of devices and of modules.
import { describe, expect, it } from 'vitest';
import { formatDigitalTwinId, parseDigitalTwinId } from '../../../../src/domain/digital-twin/digital-twin-id.ts';

describe('The id of a digital twin', () => {
  it.each([
    ['lamp', { deviceId: 'lamp' }],
    ['lamp~dimmer', { deviceId: 'lamp', moduleId: 'dimmer' }],
    ['a%2F:.b', { deviceId: 'a%2F:.b' }],
  ])('%s names %j, and is made of it.', (id, identity) => {
    expect(parseDigitalTwinId(id)).toEqual(identity);
    expect(formatDigitalTwinId(identity)).toBe(id);
  });

  it.each([
    ['lamp~', { deviceId: 'lamp', moduleId: '' }],
    ['~dimmer', { deviceId: '', moduleId: 'dimmer' }],
    ['lamp~dimmer~x', { deviceId: 'lamp', moduleId: 'dimmer~x' }],
  ])('%s names %j, which nobody can register.', (id, identity) => {
    expect(parseDigitalTwinId(id)).toEqual(identity);
  });
});
