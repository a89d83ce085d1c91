// Telemetry and foreign topics in a connected session, as transcripts.
import { describe, expect, it } from 'vitest';
import { connected, play, transcript } from '../../../support/mqtt-transcript.ts';

const GET = '$iothub/twin/GET/?$rid=';

describe('PUBLISH', () => {
  it.each(['', '/', '/%24.mid=1&k=v', '/a+b#c'])('to devices/lamp/messages/events%s is telemetry.', (rest) => {
    const lines = transcript(`
      > PUBLISH devices/lamp/messages/events${rest} hello
      ! active
      ! telemetry 5
    `);

    expect(play(lines, connected())).toEqual(lines);
  });

  it('at QoS 1 is acknowledged.', () => {
    const lines = transcript(`
      > PUBLISH devices/lamp/messages/events/ qos1#513 hello
      ! active
      < PUBACK 513
      ! telemetry 5
      > PUBLISH ${GET}r qos1#514
      ! active
      < PUBACK 514
      ! readTwin r
    `);

    expect(play(lines, connected())).toEqual(lines);
  });

  it.each([
    'devices/lamp/messages/events/ qos2#1 x',
    'devices/lamp/messages/eventsx x',
    'devices/other/messages/events/ x',
    'devices/lamp/messages/devicebound/ x',
    '$iothub/twin/res/200/?$rid=1 {}',
    '$iothub/twin/PATCH/properties/desired/?$version=2 {}',
    '$iothub/methods/POST/reboot/?$rid=1 {}',
    '$iothub/twin/GET/?$rid=',
    '$iothub/twin/GET/',
    'hello x',
  ])('%s ends the connection.', (words) => {
    const line = `> PUBLISH ${words}`;

    expect(play([line], connected())).toEqual([line, expect.stringMatching(/^! close protocolError Published /)]);
  });
});
