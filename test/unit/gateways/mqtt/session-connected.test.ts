// What keeps a connected session going and what ends it, as transcripts.
import { describe, expect, it } from 'vitest';
import { connected, play, transcript } from '../../../support/mqtt-transcript.ts';

describe('A connected session', () => {
  it('answers PINGREQ, which is no activity, and ignores PUBACK.', () => {
    const lines = transcript(`
      > PINGREQ
      < PINGRESP
      > PUBACK
    `);

    expect(play(lines, connected())).toEqual(lines);
  });

  it.each(['CONNECT', 'CONNECT-MQTT5', 'CONNACK', 'PUBREL', 'SUBACK', 'PINGRESP', 'AUTH', 'MALFORMED reserved flags'])(
    'ends at %s.',
    (packet) => {
      const line = `> ${packet}`;

      expect(play([line], connected())).toEqual([line, expect.stringMatching(/^! close protocolError ./)]);
    },
  );

  it.each(['takenOver', 'silent', 'tokenExpired', 'lost', 'hubStopping', 'signInChanged', 'notReading'])(
    'delivers the will when it ends as %s.',
    (reason) => {
      const lines = transcript(`
        * end ${reason}
        ! telemetry 3
        ! close ${reason}
      `);

      expect(play(lines, connected('', 'will=devices/lamp/messages/events/'))).toEqual(lines);
    },
  );

  it('delivers the will when the device breaks the protocol.', () => {
    const lines = transcript(`
      > PUBREC
      ! telemetry 3
      ! close protocolError Sent PUBREC on a connection that is open.
    `);

    expect(play(lines, connected('', 'will=devices/lamp/messages/events/'))).toEqual(lines);
  });

  it('drops the will at DISCONNECT, and everything after it [MQTT-3.14.4-3].', () => {
    const lines = transcript(`
      > DISCONNECT
      ! close disconnected
      > PINGREQ
      * desired 2 {}
      * end lost
    `);

    expect(play(lines, connected('desiredChanges', 'will=devices/lamp/messages/events/'))).toEqual(lines);
  });
});
