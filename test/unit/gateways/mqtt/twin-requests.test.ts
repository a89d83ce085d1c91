// Twin reads, reports and desired changes in a connected session, as transcripts.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { takesPackets } from '../../../../src/gateways/mqtt/session.ts';
import type { SessionState } from '../../../../src/gateways/mqtt/session-state.ts';
import { connected, play, stateAfter, transcript } from '../../../support/mqtt-transcript.ts';

const GET = '$iothub/twin/GET/?$rid=';
const REPORTED = '$iothub/twin/PATCH/properties/reported/?$rid=';

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

  it('is followed by no notice of an earlier version, which came late.', () => {
    const lines = transcript(`
      > PUBLISH ${GET}r1
      ! active
      ! readTwin r1
      * twin r1 5
      < PUBLISH $iothub/twin/res/200/?$rid=r1 {"desired":{"v":5,"$version":5},"reported":{"v":1,"$version":1}}
      * desired 4 {"a":4}
      * desired 5 {"a":5}
      < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=5 {"a":5,"$version":5}
      * desired 6 {"a":6}
      < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=6 {"a":6,"$version":6}
    `);

    expect(play(lines, connected('twinResponses,desiredChanges'))).toEqual(lines);
  });

  it('that was not answered, for want of a subscription, keeps no notice back.', () => {
    const lines = transcript(`
      > PUBLISH ${GET}r1
      ! active
      ! readTwin r1
      * twin r1 5
      * desired 4 {"a":4}
      < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=4 {"a":4,"$version":4}
    `);

    expect(play(lines, connected('desiredChanges'))).toEqual(lines);
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
