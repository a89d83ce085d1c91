// CONNECT as a table: which forms are accepted, and with which code the others are refused.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { readConnect } from '../../../../src/gateways/mqtt/connect.ts';
import type { ConnectPacket } from '../../../../src/gateways/mqtt/packets.ts';

const HOST_NAMES = ['hub.example.com', 'localhost', '::1'];

function packet(overrides: Partial<ConnectPacket> = {}): ConnectPacket {
  return {
    kind: 'connect',
    clientId: 'lamp',
    userName: 'hub.example.com/lamp/?api-version=2021-04-12',
    password: 'token',
    cleanSession: false,
    keepAliveSeconds: 180,
    will: undefined,
    ...overrides,
  };
}

const longId = (chars: number): Partial<ConnectPacket> => {
  const clientId = 'd'.repeat(chars);
  return { clientId, userName: `localhost/${clientId}/?api-version=1` };
};

function moduleNamed(clientId: string): Partial<ConnectPacket> {
  return { clientId, userName: `localhost/${clientId}/?api-version=2021-04-12` };
}

describe('A CONNECT', () => {
  it.each([undefined, ''])('with the password %j has no token, so that a certificate may take its place.', (password) => {
    expect(readConnect(packet({ password }), HOST_NAMES)).toMatchObject({ kind: 'request', token: undefined });
  });

  it.each([
    ['lamp/camera', { deviceId: 'lamp', moduleId: 'camera' }],
    [`lamp/${'m'.repeat(128)}`, { deviceId: 'lamp', moduleId: 'm'.repeat(128) }],
    ['lamp/$edgeAgent', { deviceId: 'lamp', moduleId: '$edgeAgent' }],
    ['lamp/?x=1', { deviceId: 'lamp', moduleId: '?x=1' }],
  ])('of the client id %s is from that module.', (clientId, identity) => {
    expect(readConnect(packet(moduleNamed(clientId)), HOST_NAMES)).toMatchObject({ kind: 'request', identity, mayReport: true });
  });

  it('of a module may have a will on its own events topic.', () => {
    const will = { topic: 'devices/lamp/modules/m/messages/events/', qos: 1, payloadBytes: 5 };

    expect(readConnect(packet({ ...moduleNamed('lamp/m'), will }), HOST_NAMES)).toMatchObject({ kind: 'request', willBytes: 5 });
  });

  it.each([
    ['?api-version=1&model-id=dtmi%3Acom%3Aexample%3ALamp%3B1', 'dtmi:com:example:Lamp;1'],
    ['?model-id=dtmi:com:example:Lamp;1&api-version=1', 'dtmi:com:example:Lamp;1'],
    ['?api-version=1&model-id=100%', '100%'],
    [`?api-version=1&model-id=${'m'.repeat(LIMITS.modelIdChars.value)}`, 'm'.repeat(LIMITS.modelIdChars.value)],
    ['?api-version=1&model-id=', ''],
    ['?api-version=1&x-model-id=a', ''],
    ['?api-version=1', ''],
  ])('with %s in its user name announces the model "%s".', (fields, modelId) => {
    expect(readConnect(packet({ userName: `localhost/lamp/${fields}` }), HOST_NAMES)).toMatchObject({ modelId });
  });

  it.each([
    ['hub.example.com/lamp/?api-version=2021-04-12', true],
    ['hub.example.com/lamp/?api-version=2021-04-12&DeviceClientType=a%2Fb', true],
    ['hub.example.com/lamp/?DeviceClientType=py/2.0&api-version=2019-10-01', true],
    ['hub.example.com/lamp/?model-id=dtmi:com:example;1&api-version=2020-09-30', true],
    ['hub.example.com/lamp/api-version=2016-11-14', true],
    ['hub.example.com/lamp/api-version=2016-11-14/DeviceClientType=x', true],
    ['hub.example.com/lamp/api-version=2017-06-30/DeviceClientType=Microsoft.Azure.Devices.Client/1.5.1-preview-003', true],
    ['hub.example.com/lamp/api-version=2016-11-14&DeviceClientType=iothubclient%2f1.2.1%20(native%3b%20Linux)', true],
    ['hub.example.com/lamp/DeviceClientType=azure-iot-device%2F1.1.2&api-version=2016-11-14', true],
    ['hub.example.com/lamp?api-version=2018-06-30', true],
    ['hub.example.com/lamp/?api-version=2020-09-30&DeviceClientType=x&auth-chain=lamp;edge&model-id=dtmi%3Acom%3Aa%3B1', true],
    ['HUB.Example.COM/lamp/?api-version=1', true],
    ['hub.example.com:8883/lamp/?api-version=1', true],
    ['localhost/lamp/?api-version=1', true],
    ['[::1]:8883/lamp/?api-version=1', true],
    ['hub.example.com/lamp', false],
    ['hub.example.com/lamp/', false],
    ['hub.example.com/lamp/?', false],
    ['hub.example.com/lamp/?api-version=', false],
    ['hub.example.com/lamp/?DeviceClientType=x', false],
    ['hub.example.com/lamp/DeviceClientType=iothubclient%2F1.0.8', false],
    ['hub.example.com/lamp/?x-api-version=1', false],
  ])('with user name %s is accepted; it may report: %s.', (userName, mayReport) => {
    expect(readConnect(packet({ userName }), HOST_NAMES)).toMatchObject({
      kind: 'request',
      identity: { deviceId: 'lamp', moduleId: undefined },
      token: 'token',
      mayReport,
    });
  });

  it.each(["A-z:0.%_*?!(),=@;$'", '?api-version=1', 'a%2Fb'])('may be from the device %s, as it stands in its user name.', (clientId) => {
    const userName = `localhost/${clientId}/?api-version=2021-04-12`;

    expect(readConnect(packet({ clientId, userName }), HOST_NAMES)).toMatchObject({
      kind: 'request',
      identity: { deviceId: clientId },
      mayReport: true,
    });
  });

  it.each<{ what: string; overrides: Partial<ConnectPacket>; returnCode: number; because: RegExp }>([
    { what: 'an empty client id', overrides: { clientId: '' }, returnCode: 2, because: /empty/ },
    { what: 'an empty client id and a clean session', overrides: { clientId: '', cleanSession: true }, returnCode: 2, because: /empty/ },
    { what: 'a client id that is too long', overrides: longId(129), returnCode: 2, because: /at most 128/ },
    { what: 'a + in the client id', overrides: { clientId: 'la+mp', userName: 'localhost/la+mp' }, returnCode: 2, because: /\+ or #/ },
    { what: 'a # in the client id', overrides: { clientId: 'lamp#', userName: 'localhost/lamp#' }, returnCode: 2, because: /\+ or #/ },
    { what: 'two modules in the client id', overrides: moduleNamed('lamp/m/m'), returnCode: 2, because: /\{module id\}/ },
    { what: 'an empty module id', overrides: moduleNamed('lamp/'), returnCode: 2, because: /\{module id\}/ },
    { what: 'an empty device id before a module id', overrides: moduleNamed('/m'), returnCode: 2, because: /\{module id\}/ },
    { what: 'a slash alone as client id', overrides: moduleNamed('/'), returnCode: 2, because: /\{module id\}/ },
    { what: 'a + in the module id', overrides: moduleNamed('lamp/a+b'), returnCode: 2, because: /\+ or #/ },
    { what: 'a # in the module id', overrides: moduleNamed('lamp/#'), returnCode: 2, because: /\+ or #/ },
    { what: 'a module id that is too long', overrides: moduleNamed(`lamp/${'m'.repeat(129)}`), returnCode: 2, because: /at most 128/ },
    {
      what: 'a module in the client id alone',
      overrides: { clientId: 'lamp/module' },
      returnCode: 5,
      because: /user name/,
    },
    {
      what: 'another module in the user name',
      overrides: { clientId: 'lamp/module', userName: 'localhost/lamp/other/?api-version=1' },
      returnCode: 5,
      because: /user name/,
    },
    {
      what: 'a model id that is too long',
      overrides: { userName: `localhost/lamp/?api-version=1&model-id=${'m'.repeat(2049)}` },
      returnCode: 5,
      because: /model id/,
    },
    {
      what: 'U+0000 in its model id',
      overrides: { userName: 'localhost/lamp/?api-version=1&model-id=a%00b' },
      returnCode: 5,
      because: /model id/,
    },
    {
      what: 'a will of a module for its device',
      overrides: { ...moduleNamed('lamp/m'), will: { topic: 'devices/lamp/messages/events/', qos: 0, payloadBytes: 1 } },
      returnCode: 5,
      because: /topic of the will/,
    },
    {
      what: 'a module in the user name alone',
      overrides: { userName: 'localhost/lamp/module/?api-version=1' },
      returnCode: 5,
      because: /user name/,
    },
    { what: 'no user name', overrides: { userName: undefined }, returnCode: 5, because: /user name/ },
    { what: 'an empty user name', overrides: { userName: '' }, returnCode: 5, because: /user name/ },
    {
      what: 'another device in the user name',
      overrides: { userName: 'localhost/other/?api-version=1' },
      returnCode: 5,
      because: /user name/,
    },
    { what: 'the device in other case', overrides: { userName: 'localhost/LAMP/?api-version=1' }, returnCode: 5, because: /user name/ },
    {
      what: 'a longer device id in the user name',
      overrides: { userName: 'localhost/lamp2/?api-version=1' },
      returnCode: 5,
      because: /user name/,
    },
    { what: 'no slash in the user name', overrides: { userName: 'localhost' }, returnCode: 5, because: /user name/ },
    { what: 'another host', overrides: { userName: 'hub.example.org/lamp/?api-version=1' }, returnCode: 5, because: /another host/ },
    { what: 'no host', overrides: { userName: '/lamp/?api-version=1' }, returnCode: 5, because: /another host/ },
    {
      what: 'a will on a foreign topic',
      overrides: { will: { topic: 'goodbye', qos: 0, payloadBytes: 1 } },
      returnCode: 5,
      because: /topic of the will/,
    },
    {
      what: 'a will for another device',
      overrides: { will: { topic: 'devices/other/messages/events/', qos: 0, payloadBytes: 1 } },
      returnCode: 5,
      because: /topic of the will/,
    },
    {
      what: 'a will at QoS 2',
      overrides: { will: { topic: 'devices/lamp/messages/events/', qos: 2, payloadBytes: 1 } },
      returnCode: 5,
      because: /QoS 0 or 1/,
    },
  ])('with $what is refused.', ({ overrides, returnCode, because }) => {
    const read = readConnect(packet(overrides), HOST_NAMES);

    expect(read).toEqual({ kind: 'refusal', returnCode, because: expect.stringMatching(because) });
  });

  it('may be from a device whose id has the last allowed length.', () => {
    expect(readConnect(packet(longId(128)), HOST_NAMES)).toMatchObject({ kind: 'request' });
  });

  it.each(['devices/lamp/messages/events', 'devices/lamp/messages/events/', 'devices/lamp/messages/events/a=b&c=d'])(
    'may have a will on %s.',
    (topic) => {
      expect(readConnect(packet({ will: { topic, qos: 1, payloadBytes: 5 } }), HOST_NAMES)).toMatchObject({
        kind: 'request',
        willBytes: 5,
      });
    },
  );

  it.each([
    [1, 1500],
    [180, 270_000],
    [1177, 1_765_500],
    [1178, 1_765_500],
    [65_535, 1_765_500],
    [0, 1_765_500],
  ])('with a keep-alive of %i s lets the device be silent for %i ms.', (keepAliveSeconds, silenceLimitMs) => {
    expect(readConnect(packet({ keepAliveSeconds }), HOST_NAMES)).toMatchObject({ silenceLimitMs });
  });
});
