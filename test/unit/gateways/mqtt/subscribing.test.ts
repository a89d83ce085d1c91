// SUBSCRIBE and UNSUBSCRIBE in a connected session, as transcripts.
import { describe, expect, it } from 'vitest';
import { takesPackets } from '../../../../src/gateways/mqtt/session.ts';
import { connected, play, stateAfter, transcript } from '../../../support/mqtt-transcript.ts';

describe('SUBSCRIBE', () => {
  it('is acknowledged when it is stored, and makes the device listen only then.', () => {
    const lines = transcript(`
      > SUBSCRIBE 4 $iothub/methods/POST/#
      ! save lamp methods
      * method 1 reboot null
      < PUBLISH $iothub/methods/POST/reboot/?$rid=1 null
      * saved
      < SUBACK 4 0
      ! listening
    `);

    expect(play(lines, connected())).toEqual(lines);
  });

  it('grants QoS 1 at most, for each filter of the packet.', () => {
    const lines = transcript(`
      > SUBSCRIBE 1 $iothub/twin/res/#@0 $iothub/twin/PATCH/properties/desired/#@1 devices/lamp/messages/devicebound/#@2
      ! save lamp twinResponses,desiredChanges,cloudToDevice
      * saved
      < SUBACK 1 0,1,1
    `);

    expect(play(lines, connected())).toEqual(lines);
  });

  it('to more or less than the documented topics stands for these, and to topics without messages for nothing.', () => {
    const lines = transcript(`
      > SUBSCRIBE 1 $iothub/twin/# $iothub/methods/# devices/lamp/messages/events/#
      ! save lamp twinResponses,desiredChanges,methods
      * saved
      < SUBACK 1 0,0,0
      ! listening
      > UNSUBSCRIBE 2 $iothub/twin/# devices/lamp/messages/events/#
      ! save lamp methods
      * saved
      < UNSUBACK 2
    `);

    expect(play(lines, connected())).toEqual(lines);
  });

  it('stores nothing when nothing changes, and listens no second time.', () => {
    const lines = transcript(`
      > SUBSCRIBE 1 $iothub/methods/POST/#
      < SUBACK 1 0
    `);

    expect(play(lines, connected('methods'))).toEqual(lines);
  });

  it('stores nothing in a clean session.', () => {
    const lines = transcript(`
      > SUBSCRIBE 1 $iothub/methods/POST/#
      < SUBACK 1 0
      ! listening
      > UNSUBSCRIBE 2 $iothub/methods/POST/#
      < UNSUBACK 2
    `);
    const clean = stateAfter(transcript('> CONNECT clean\n* authenticated\n* joined'));

    expect(play(lines, clean)).toEqual(lines);
  });

  it.each([
    '#',
    '$iothub/#',
    '$iothub/twin/res/+',
    '$iothub/twin/res',
    '$iothub/twin/PATCH/properties/desired/',
    'devices/other/messages/devicebound/#',
    'devices/other/messages/events/#',
    'devices/lamp/messages/devicebound/+',
    'devices/+/messages/devicebound/#',
    '',
  ])('for the foreign filter "%s" ends the connection, even next to a good one.', (filter) => {
    const line = `> SUBSCRIBE 1 $iothub/twin/res/# ${filter}`;

    expect(play([line], connected())).toEqual([line, expect.stringMatching(/^! close protocolError Subscribed to /)]);
  });

  it('that cannot be stored ends the connection.', () => {
    const lines = transcript(`
      > SUBSCRIBE 1 $iothub/methods/POST/#
      ! save lamp methods
      * failed 3 Disk full.
      ! close storeFailed
    `);

    expect(play(lines, connected())).toEqual(lines);
  });

  it('lets no packet in before it is acknowledged.', () => {
    const saving = stateAfter(['> SUBSCRIBE 1 $iothub/methods/POST/#'], connected());

    expect(takesPackets(saving)).toBe(false);
    expect(takesPackets(stateAfter(['* saved'], saving))).toBe(true);
  });
});

describe('UNSUBSCRIBE', () => {
  it('takes effect when it is stored.', () => {
    const lines = transcript(`
      > UNSUBSCRIBE 9 $iothub/twin/PATCH/properties/desired/#
      ! save lamp methods
      * saved
      < UNSUBACK 9
      * desired 2 {"a":1}
    `);

    expect(play(lines, connected('methods,desiredChanges'))).toEqual(lines);
  });

  it('is acknowledged when there was no such subscription [MQTT-3.10.4-5].', () => {
    const lines = transcript(`
      > UNSUBSCRIBE 9 $iothub/methods/POST/# what/ever
      < UNSUBACK 9
    `);

    expect(play(lines, connected('twinResponses'))).toEqual(lines);
  });
});
