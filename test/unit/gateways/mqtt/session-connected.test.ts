// What a connected session does with packets, with the hub's messages and at its end, as transcripts.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { takesPackets } from '../../../../src/gateways/mqtt/session.ts';
import type { SessionState } from '../../../../src/gateways/mqtt/session-state.ts';
import { connected, play, stateAfter, transcript } from '../../../support/mqtt-transcript.ts';

const GET = '$iothub/twin/GET/?$rid=';
const REPORTED = '$iothub/twin/PATCH/properties/reported/?$rid=';

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
    const clean = stateAfter(transcript('> CONNECT clean\n* authenticated\n* joined\n* loaded nothing'));

    expect(play(lines, clean)).toEqual(lines);
  });

  it.each([
    '#',
    '$iothub/#',
    '$iothub/twin/res/+',
    '$iothub/twin/res',
    '$iothub/methods/POST/reboot/#',
    '$iothub/twin/PATCH/properties/desired/',
    'devices/other/messages/devicebound/#',
    'devices/lamp/messages/events/#',
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

describe('A twin read', () => {
  it('is answered with desired and reported properties and their versions.', () => {
    const lines = transcript(`
      > PUBLISH ${GET}r1
      ! active
      ! readTwin r1
      * twin r1 4
      < PUBLISH $iothub/twin/res/200/?$rid=r1 {"desired":{"v":4,"$version":4},"reported":{"v":1,"$version":1}}
    `);

    expect(play(lines, connected('twinResponses'))).toEqual(lines);
  });

  it('that is older than what the device was told meanwhile is made again.', () => {
    const lines = transcript(`
      > PUBLISH ${GET}r1
      ! active
      ! readTwin r1
      * desired 5 {"a":1}
      < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=5 {"a":1,"$version":5}
      * twin r1 4
      ! readTwin r1
      * twin r1 5
      < PUBLISH $iothub/twin/res/200/?$rid=r1 {"desired":{"v":5,"$version":5},"reported":{"v":1,"$version":1}}
    `);

    expect(play(lines, connected('twinResponses,desiredChanges'))).toEqual(lines);
  });

  it('is not made again for a change that the device was not told.', () => {
    const lines = transcript(`
      > PUBLISH ${GET}r1
      ! active
      ! readTwin r1
      * desired 5 {"a":1}
      * twin r1 4
      < PUBLISH $iothub/twin/res/200/?$rid=r1 {"desired":{"v":4,"$version":4},"reported":{"v":1,"$version":1}}
    `);

    expect(play(lines, connected('twinResponses'))).toEqual(lines);
  });

  it('that is refused is answered with a body, where devices look for errors (contract 0.4).', () => {
    const lines = transcript(`
      > PUBLISH ${GET}r1
      ! active
      ! readTwin r1
      * readRefused r1 503
      < PUBLISH $iothub/twin/res/503/?$rid=r1 {"errorCode":1}
    `);

    expect(play(lines, connected('twinResponses'))).toEqual(lines);
  });

  it('is not answered to a device that has not subscribed to answers.', () => {
    const lines = transcript(`
      > PUBLISH ${GET}r1
      ! active
      ! readTwin r1
      * twin r1 4
    `);

    expect(play(lines, connected('methods'))).toEqual(lines);
  });
});

describe('A report', () => {
  it('is answered with 204, no body and the new version.', () => {
    const lines = transcript(`
      > PUBLISH ${REPORTED}r1 {"a":1}
      ! active
      ! report 1 {"a":1}
      * reported 1 7
      < PUBLISH $iothub/twin/res/204/?$rid=r1&$version=7
    `);

    expect(play(lines, connected('twinResponses'))).toEqual(lines);
  });

  it.each([`$iothub/twin/PATCH/properties/reported/?$rid=r1&$version=3`, `$iothub/twin/PATCH/properties/reported/?$version=3&x=y&$rid=r1`])(
    'to %s is based on that version.',
    (topic) => {
      const lines = transcript(`
        > PUBLISH ${topic} {}
        ! active
        ! report 1 {} base=3
        * reportRefused 1 412
        < PUBLISH $iothub/twin/res/412/?$rid=r1 {"errorCode":1}
      `);

      expect(play(lines, connected('twinResponses'))).toEqual(lines);
    },
  );

  it('is answered in its turn, whatever is known first.', () => {
    const lines = transcript(`
      > PUBLISH ${REPORTED}first {"a":1}
      ! active
      ! report 1 {"a":1}
      > PUBLISH ${REPORTED}second nonsense
      ! active
      ! report 2 nonsense
      > PUBLISH ${REPORTED}third {"a":3}
      ! active
      ! report 3 {"a":3}
      * reportRefused 2 400
      * reported 1 7
      < PUBLISH $iothub/twin/res/204/?$rid=first&$version=7
      < PUBLISH $iothub/twin/res/400/?$rid=second {"errorCode":1}
      * reported 3 8
      < PUBLISH $iothub/twin/res/204/?$rid=third&$version=8
    `);

    expect(play(lines, connected('twinResponses'))).toEqual(lines);
  });

  it('is refused when the user name named no api-version.', () => {
    const lines = transcript(`
      > PUBLISH ${REPORTED}r1 {"a":1}
      ! active
      ! refuseReport 1 InvalidProtocolVersion(400001)
    `);

    expect(play(lines, connected('twinResponses', 'user=localhost/lamp'))).toEqual(lines);
  });

  it.each(['x', '', '1.5', '1e3', '-'])('based on version "%s" is refused.', (version) => {
    const lines = transcript(`
      > PUBLISH ${REPORTED}r1&$version=${version} {"a":1}
      ! active
      ! refuseReport 1 ArgumentInvalid(400004)
    `);

    expect(play(lines, connected('twinResponses'))).toEqual(lines);
  });
});

describe('Twin requests', () => {
  it('are let in until too many wait for an answer, and again after one answer.', () => {
    const max = LIMITS.mqttRequestsInFlight.value;
    const last = manyRequests(max - 1);
    const full = stateAfter([`> PUBLISH ${REPORTED}r {}`], last);

    expect(takesPackets(last)).toBe(true);
    expect(takesPackets(full)).toBe(false);
    expect(takesPackets(stateAfter(['* twin r 1'], full))).toBe(true);
    expect(takesPackets(stateAfter(['* reported 1 2'], full))).toBe(true);
  });
});

function manyRequests(count: number): SessionState {
  return stateAfter(
    Array.from({ length: count }, () => `> PUBLISH ${GET}r`),
    connected('twinResponses'),
  );
}

describe('A direct method', () => {
  it('is sent with its payload as JSON text, and null as the text null (contract 0.5).', () => {
    const lines = transcript(`
      * method 1f reboot {"delay":5}
      < PUBLISH $iothub/methods/POST/reboot/?$rid=1f {"delay":5}
      * method 20 component*command null
      < PUBLISH $iothub/methods/POST/component*command/?$rid=20 null
    `);

    expect(play(lines, connected('methods'))).toEqual(lines);
  });

  it.each([
    ['200', '"Reboot started"', '200 "Reboot started"'],
    ['200', 'null', '200 null'],
    ['200', '', '200 null'],
    ['404', '{"a":[1,2]}', '404 {"a":[1,2]}'],
    ['-1', '0', '-1 0'],
  ])('answered with %s and "%s" is answered.', (status, body, answer) => {
    const lines = transcript(`
      > PUBLISH $iothub/methods/res/${status}/?$rid=1f ${body}
      ! active
      ! answer 1f ${answer}
    `);

    expect(play(lines, connected('methods'))).toEqual(lines.map((line) => line.trim()));
  });

  it.each([
    ['200', 'Reboot started', /not valid JSON/],
    ['200', '{"a":', /not valid JSON/],
    ['ok', '{}', /status that is no integer/],
    ['2.5', '{}', /status that is no integer/],
    ['200', `"${'x'.repeat(LIMITS.methodPayloadBytes.value - 1)}"`, /more than 131072 bytes/],
  ])('answered with %s and %.20s fails for its caller.', (status, body, message) => {
    const played = play([`> PUBLISH $iothub/methods/res/${status}/?$rid=1f ${body}`], connected('methods'));

    expect(played[2]).toMatch(/^! noAnswer 1f GenericBadGateway\(502000\) The device answered/);
    expect(played[2]).toMatch(message);
  });

  it('may be answered with the last allowed byte.', () => {
    const body = `"${'x'.repeat(LIMITS.methodPayloadBytes.value - 2)}"`;

    expect(play([`> PUBLISH $iothub/methods/res/200/?$rid=1f ${body}`], connected('methods'))[2]).toBe(`! answer 1f 200 ${body}`);
  });
});

describe('A desired change', () => {
  it('is told with its version in the topic and in the JSON.', () => {
    const lines = transcript(`
      * desired 3 {"a":null,"b":{"c":1}}
      < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=3 {"a":null,"b":{"c":1},"$version":3}
    `);

    expect(play(lines, connected('desiredChanges'))).toEqual(lines);
  });

  it('is lost for a device that has not subscribed to them.', () => {
    const lines = transcript('* desired 3 {"a":1}');

    expect(play(lines, connected('methods,twinResponses'))).toEqual(lines);
  });
});

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
