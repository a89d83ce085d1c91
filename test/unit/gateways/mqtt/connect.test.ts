// CONNECT as a table: which forms are accepted, and with which code the others are refused.
import { describe, expect, it } from 'vitest';
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

describe('A CONNECT', () => {
  it.each([
    ['hub.example.com/lamp/?api-version=2021-04-12', true],
    ['hub.example.com/lamp/?api-version=2021-04-12&DeviceClientType=a%2Fb', true],
    ['hub.example.com/lamp/?DeviceClientType=py/2.0&api-version=2019-10-01', true],
    ['hub.example.com/lamp/?model-id=dtmi:com:example;1&api-version=2020-09-30', true],
    ['hub.example.com/lamp/api-version=2016-11-14', true],
    ['hub.example.com/lamp/api-version=2016-11-14/DeviceClientType=x', true],
    ['HUB.Example.COM/lamp/?api-version=1', true],
    ['hub.example.com:8883/lamp/?api-version=1', true],
    ['localhost/lamp/?api-version=1', true],
    ['[::1]:8883/lamp/?api-version=1', true],
    ['hub.example.com/lamp', false],
    ['hub.example.com/lamp/', false],
    ['hub.example.com/lamp/?', false],
    ['hub.example.com/lamp/?api-version=', false],
    ['hub.example.com/lamp/?DeviceClientType=x', false],
  ])('with user name %s is accepted; it may report: %s.', (userName, mayReport) => {
    expect(readConnect(packet({ userName }), HOST_NAMES)).toMatchObject({ kind: 'request', deviceId: 'lamp', token: 'token', mayReport });
  });

  it.each<[string, Partial<ConnectPacket>, number, RegExp]>([
    ['an empty client id', { clientId: '' }, 2, /empty/],
    ['an empty client id and a clean session', { clientId: '', cleanSession: true }, 2, /empty/],
    ['a client id that is too long', longId(129), 2, /at most 128/],
    ['a + in the client id', { clientId: 'la+mp', userName: 'localhost/la+mp' }, 2, /\+ or #/],
    ['a # in the client id', { clientId: 'lamp#', userName: 'localhost/lamp#' }, 2, /\+ or #/],
    ['a module', { clientId: 'lamp/module', userName: 'localhost/lamp/module/?api-version=1' }, 2, /Modules/],
    ['a module in the user name alone', { userName: 'localhost/lamp/module/?api-version=1' }, 2, /Modules/],
    ['no user name', { userName: undefined }, 5, /user name/],
    ['an empty user name', { userName: '' }, 5, /user name/],
    ['another device in the user name', { userName: 'localhost/other/?api-version=1' }, 5, /user name/],
    ['the device in other case', { userName: 'localhost/LAMP/?api-version=1' }, 5, /user name/],
    ['another host', { userName: 'hub.example.org/lamp/?api-version=1' }, 5, /another host/],
    ['no host', { userName: '/lamp/?api-version=1' }, 5, /another host/],
    ['no password', { password: undefined }, 5, /SAS token/],
    ['an empty password', { password: '' }, 5, /SAS token/],
    ['a will on a foreign topic', { will: { topic: 'goodbye', qos: 0, payloadBytes: 1 } }, 5, /topic of the will/],
    ['a will for another device', { will: { topic: 'devices/other/messages/events/', qos: 0, payloadBytes: 1 } }, 5, /topic of the will/],
    ['a will at QoS 2', { will: { topic: 'devices/lamp/messages/events/', qos: 2, payloadBytes: 1 } }, 5, /QoS 0 or 1/],
  ])('with %s is refused.', (_what, overrides, returnCode, because) => {
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
