// The way of a session from the first packet to CONNACK, as transcripts.
import { describe, expect, it } from 'vitest';
import { newSession, listensToMethods, takesPackets } from '../../../../src/gateways/mqtt/session.ts';
import { connected, HOST_NAMES, play, stateAfter, transcript } from '../../../support/mqtt-transcript.ts';

describe('A session', () => {
  it('begins anew where none is kept [MQTT-3.1.2-4].', () => {
    const lines = transcript(`
      > CONNECT
      ! authenticate lamp token
      * authenticated
      ! join lamp
      * joined
      < CONNACK 0
      ! watch silence=270000 token=5000
    `);

    expect(play(lines)).toEqual(lines);
  });

  it('goes on with the kept subscriptions, and listens to methods after CONNACK.', () => {
    const lines = transcript(`
      > CONNECT
      ! authenticate lamp token
      * authenticated
      ! join lamp
      * joined methods,twinResponses
      < CONNACK 0 sessionPresent
      ! watch silence=270000 token=5000
      ! listening
    `);

    expect(play(lines)).toEqual(lines);
  });

  it('discards what is kept when it is to be clean [MQTT-3.1.2-6].', () => {
    const lines = transcript(`
      > CONNECT clean
      ! authenticate lamp token
      * authenticated
      ! join lamp clean
      * joined methods
      < CONNACK 0
      ! watch silence=270000 token=5000
    `);

    expect(play(lines)).toEqual(lines);
  });

  it.each([
    { when: 'the device cannot be read', before: '> CONNECT', failure: '* failed 3 Down.', answer: '< CONNACK 3' },
    { when: 'the device was changed meanwhile', before: '> CONNECT\n* authenticated', failure: '* failed 5 New.', answer: '< CONNACK 3' },
  ])('is refused when $when.', ({ before, failure, answer }) => {
    const played = play([failure], stateAfter(transcript(before)));

    expect(played).toEqual([failure, answer, expect.stringMatching(/^! close refused [A-Z]/)]);
  });

  it('of which the token is refused is told so when the refusal is due, and hears nothing meanwhile.', () => {
    const lines = transcript(`
      > CONNECT
      ! authenticate lamp token
      * failed 5 Wrong.
      ! hold lamp Wrong.
      > PINGREQ
      * authenticated
      * refusalDue
      < CONNACK 5
      ! close refused Wrong.
    `);

    expect(play(lines)).toEqual(lines);
  });

  it('of which the refusal is dropped is closed without a word.', () => {
    const lines = transcript(`
      * refusalDropped
      ! close refusedTooOften Wrong.
    `);

    expect(play(lines, stateAfter(transcript('> CONNECT\n* failed 5 Wrong.')))).toEqual(lines);
  });

  it('that ends before it is told that it is refused is told nothing.', () => {
    const lines = transcript(`
      * end lost
      ! close lost
      * refusalDue
    `);

    expect(play(lines, stateAfter(transcript('> CONNECT\n* failed 5 Wrong.')))).toEqual(lines);
  });

  it.each(['> PUBLISH devices/lamp/messages/events/ x', '> SUBSCRIBE 1 a', '> PINGREQ', '> DISCONNECT', '> CONNACK', '> MALFORMED bad'])(
    'that begins with %s is closed without an answer [MQTT-3.1.0-1].',
    (line) => {
      expect(play([line])).toEqual([line, expect.stringMatching(/^! close protocolError ./)]);
    },
  );

  it('of another version of MQTT is refused with 1 [MQTT-3.1.2-2].', () => {
    const lines = transcript(`
      > CONNECT-MQTT5
      < CONNACK 1
      ! close refused The hub speaks MQTT 3.1.1 only.
    `);

    expect(play(lines)).toEqual(lines);
  });

  it('takes no packets from CONNECT to CONNACK, and does so before and after.', () => {
    const steps = ['> CONNECT', '* authenticated', '* joined'];

    const taken = steps.map((_line, index) => takesPackets(stateAfter(steps.slice(0, index + 1))));

    expect(takesPackets(newSession(HOST_NAMES))).toBe(true);
    expect(taken).toEqual([false, false, true]);
  });

  it('listens to methods only when it is connected.', () => {
    const beforeConnack = stateAfter(transcript('> CONNECT\n* authenticated'));

    expect(listensToMethods(beforeConnack)).toBe(false);
    expect(listensToMethods(connected('methods'))).toBe(true);
    expect(listensToMethods(connected('desiredChanges'))).toBe(false);
  });

  it.each(['takenOver', 'hubStopping', 'lost', 'connectTooLate'])('that ends while it connects (%s) sends nothing more.', (reason) => {
    const lines = transcript(`
      > CONNECT
      ! authenticate lamp token
      * end ${reason}
      ! close ${reason}
      * authenticated
      * failed 5 late
      > PINGREQ
    `);

    expect(play(lines)).toEqual(lines);
  });
});

describe('A session of a module', () => {
  it('is kept under both of its ids, and announces its model.', () => {
    const lines = transcript(`
      > CONNECT id=lamp/eye user=hub.example.com/lamp/eye/?api-version=2021-04-12&model-id=dtmi:com:example:Eye;1
      ! authenticate lamp/eye token
      * authenticated lamp/eye
      ! join lamp/eye dtmi:com:example:Eye;1
      * joined
      < CONNACK 0
      ! watch silence=270000 token=5000
      > SUBSCRIBE 1 devices/lamp/modules/eye/inputs/#@1
      < SUBACK 1 1
      > SUBSCRIBE 2 $iothub/methods/POST/#
      ! save lamp/eye methods
      * saved
      < SUBACK 2 0
      ! listening
      > PUBLISH devices/lamp/modules/eye/messages/events/%24.on=out/ qos1#3 hello
      ! active
      < PUBACK 3
      ! telemetry 5
    `);

    expect(play(lines)).toEqual(lines);
  });

  it('that is refused is counted by both of its ids.', () => {
    const lines = transcript(`
      > CONNECT id=lamp/eye
      ! authenticate lamp/eye token
      * failed 5 bad
      ! hold lamp/eye bad
    `);

    expect(play(lines)).toEqual(lines);
  });
});
