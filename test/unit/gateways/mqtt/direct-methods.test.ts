// Direct methods and their answers in a connected session, as transcripts.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { connected, play, transcript } from '../../../support/mqtt-transcript.ts';

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
