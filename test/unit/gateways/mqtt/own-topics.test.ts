// Which topics are a device's or module's own, and which filters it may subscribe to, in the spellings of published clients.
import { describe, expect, it } from 'vitest';
import { isEventsTopic, subscriptionsOf } from '../../../../src/gateways/mqtt/own-topics.ts';

describe('The events topic', () => {
  it.each([
    ['devices/lamp/messages/events', true],
    ['devices/lamp/messages/events/', true],
    ['devices/lamp/messages/events/a=b/c', true],
    ['devices/lamp/messages/events2', false],
    ['devices/lamp/messages', false],
    ['devices/lamp', false],
    ['devices/', false],
    ['devices/lam/messages/events/', false],
    ['devices/lamp2/messages/events/', false],
    ['devices/LAMP/messages/events/', false],
    ['devices//messages/events/', false],
    ['devices/lamp/modules/m/messages/events/', false],
  ])('of the device lamp, for %s: %s.', (topic, is) => {
    expect(isEventsTopic(topic, { deviceId: 'lamp' })).toBe(is);
  });

  it.each([
    ['a@b', 'devices/a@b/messages/events/', true],
    ['a@b', 'devices/a%40b/messages/events/', true],
    ['a%40b', 'devices/a%40b/messages/events/', true],
    ['a%40b', 'devices/a%2540b/messages/events/', true],
    ['a%40b', 'devices/a@b/messages/events/', false],
    ['a%', 'devices/a%/messages/events/', true],
    ['a%', 'devices/a%25/messages/events/', true],
    ['b', 'devices/a%/messages/events/', false],
    ["a!'()*", 'devices/a%21%27%28%29%2A/messages/events/', true],
    ["a!'()*", 'devices/a%21%27%28%29%2a/messages/events/', true],
    ["a!'()*", "devices/a!'()*/messages/events/", true],
    ["a!'()*", "devices/a%2521'()*/messages/events/", false],
  ])('of the device %s, for %s: %s.', (deviceId, topic, is) => {
    expect(isEventsTopic(topic, { deviceId })).toBe(is);
  });
});

describe('The events topic of the module camera of lamp', () => {
  it.each([
    ['devices/lamp/modules/camera/messages/events', true],
    ['devices/lamp/modules/camera/messages/events/', true],
    ['devices/lamp/modules/camera/messages/events/%24.on=out&a=b/', true],
    ['devices/lamp/messages/events/', false],
    ['devices/lamp/modules/other/messages/events/', false],
    ['devices/other/modules/camera/messages/events/', false],
    ['devices/lamp/modules/camera/messages', false],
    ['devices/lamp/modules/camera', false],
    ['devices/lamp/camera/messages/events/', false],
    ['devices/lamp/camera/modules/messages/events/', false],
    ['modules/camera/messages/events/', false],
  ])('is %s: %s.', (topic, is) => {
    expect(isEventsTopic(topic, { deviceId: 'lamp', moduleId: 'camera' })).toBe(is);
  });
});

describe('A filter of the module camera of lamp', () => {
  const camera = { deviceId: 'lamp', moduleId: 'camera' };

  it.each([
    ['devices/lamp/modules/camera/inputs/#', []],
    ['devices/lamp/modules/camera/#', []],
    ['devices/lamp/modules/camera/messages/devicebound/#', []],
    ['$iothub/twin/res/#', ['twinResponses']],
    ['$iothub/methods/POST/#', ['methods']],
  ])('%s is for %j.', (filter, subscriptions) => {
    expect(subscriptionsOf(filter, camera)).toEqual(subscriptions);
  });

  it.each([
    'devices/lamp/messages/devicebound/#',
    'devices/lamp/modules/other/messages/devicebound/#',
    'devices/lamp/modules/camera/messages/events/#',
    'devices/lamp/modules/camera/inputs/in',
    'devices/lamp/modules/camera',
    'devices/lamp/modules/other/inputs/#',
    'devices/lamp/modules/other/#',
    'devices/lamp/modules/#',
    'devices/lamp/#',
  ])('"%s" is for nothing that the hub sends to it.', (filter) => {
    expect(subscriptionsOf(filter, camera)).toBeUndefined();
  });
});

describe('A filter', () => {
  it.each([
    ['$iothub/twin/res/#', ['twinResponses']],
    ['$iothub/twin/res/200/#', ['twinResponses']],
    ['$iothub/twin/PATCH/properties/desired/#', ['desiredChanges']],
    ['$iothub/twin/PATCH/properties/desired/+', ['desiredChanges']],
    ['$iothub/twin/PATCH/#', ['desiredChanges']],
    ['$iothub/twin/#', ['twinResponses', 'desiredChanges']],
    ['$iothub/methods/POST/#', ['methods']],
    ['$iothub/methods/POST/reboot/#', ['methods']],
    ['$iothub/methods/#', ['methods']],
    ['devices/lamp/messages/devicebound/#', ['cloudToDevice']],
    ['devices/lamp/messages/deviceBound/#', ['cloudToDevice']],
    ['devices/lamp/messages/devicebound/+/', ['cloudToDevice']],
    ['devices/lamp/messages/events/#', []],
  ])('%s is for %j.', (filter, subscriptions) => {
    expect(subscriptionsOf(filter, { deviceId: 'lamp' })).toEqual(subscriptions);
  });

  it('may have the id percent-encoded.', () => {
    expect(subscriptionsOf('devices/a%40b/messages/devicebound/#', { deviceId: 'a@b' })).toEqual(['cloudToDevice']);
  });

  it.each([
    '',
    '#',
    '+',
    '$iothub/#',
    '$iothub/twin',
    '$iothub/twin#',
    '$iothub/twin/re#',
    '$iothub/twin/+/#',
    '$iothub/twin/res/+',
    '$iothub/twin/res/',
    '$iothub/twin/GET/#',
    '$iothub/twin/PATCH/properties/reported/#',
    '$iothub/twin/PATCH/properties/desired/',
    '$iothub/methods/res/#',
    '$iothub/methods/POST/+',
    '$IOTHUB/methods/POST/#',
    '$iothub/credentials/res/#',
    '$dps/registrations/res/#',
    'devices/lamp/messages/devicebound/',
    'devices/lamp/#',
    'devices/lamp/modules/m/#',
    'devices/lamp/inputs/#',
    'devices/other/messages/devicebound/#',
    'devices/other/messages/events/#',
    'devices/+/messages/devicebound/#',
    'devices/#',
  ])('"%s" is for nothing that the hub sends to the device lamp.', (filter) => {
    expect(subscriptionsOf(filter, { deviceId: 'lamp' })).toBeUndefined();
  });
});
