// Topics both ways: what is formatted is read back, what is documented is read, and everything else is foreign.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { formatTopic, parseTopic, type Topic } from '../../../../src/gateways/mqtt/topics.ts';

const version = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const status = fc.integer({ min: -1000, max: 1000 });
/** Any text that may stand in a topic field. */
const rid = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((text) => !/[&#+]/.test(text));
const methodName = fc.stringMatching(/^[A-Za-z0-9!$&()*,\-.:;=@[\]_~]{1,100}$/);

const topics: fc.Arbitrary<Topic> = fc.oneof(
  fc.record({ kind: fc.constant('getTwin' as const), rid }),
  fc.record({ kind: fc.constant('report' as const), rid, version: fc.option(version, { nil: undefined }) }),
  fc.record({ kind: fc.constant('twinResponse' as const), status, rid, version: fc.option(version, { nil: undefined }) }),
  fc.record({ kind: fc.constant('desired' as const), version }),
  fc.record({ kind: fc.constant('method' as const), methodName, rid }),
  fc.record({ kind: fc.constant('methodAnswer' as const), status, rid }),
);

describe('A topic', () => {
  it('that was formatted is read back as it was.', () => {
    fc.assert(
      fc.property(topics, (topic) => {
        expect(parseTopic(formatTopic(topic))).toEqual(topic);
      }),
    );
  });

  it('that is read is formatted back as it was.', () => {
    const text = topics.map((topic) => formatTopic(topic));

    fc.assert(
      fc.property(text, (given) => {
        const topic = parseTopic(given);
        expect(topic && formatTopic(topic)).toBe(given);
      }),
    );
  });

  it('is read or foreign, whatever stands in it.', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(fc.constantFrom('$iothub', '/', 'twin', 'res', 'GET', 'PATCH', 'methods', 'POST', '?', '$rid=', '1', '&'))
        .map((a) => a.join('')),
    );

    fc.assert(
      fc.property(anyText, (text) => {
        const topic = parseTopic(text);
        expect(topic && parseTopic(formatTopic(topic))).toEqual(topic);
      }),
    );
  });

  it.each<[string, Topic]>([
    ['$iothub/twin/GET/?$rid=a-1', { kind: 'getTwin', rid: 'a-1' }],
    ['$iothub/twin/GET/?x=y&$rid=1', { kind: 'getTwin', rid: '1' }],
    ['$iothub/twin/GET/?$rid=%2f a/?b', { kind: 'getTwin', rid: '%2f a/?b' }],
    ['$iothub/twin/GET/?$rid=1&$rid=2', { kind: 'getTwin', rid: '1' }],
    ['$iothub/twin/GET/?x&$rid=1&', { kind: 'getTwin', rid: '1' }],
    ['$iothub/twin/PATCH/properties/reported/?$version=4&$rid=1', { kind: 'report', rid: '1', version: 4 }],
    ['$iothub/twin/PATCH/properties/reported/?$rid=1', { kind: 'report', rid: '1', version: undefined }],
    ['$iothub/twin/PATCH/properties/reported/?$rid=1&$version=x', { kind: 'report', rid: '1', version: Number.NaN }],
    ['$iothub/twin/res/204/?$rid=1&$version=5', { kind: 'twinResponse', status: 204, rid: '1', version: 5 }],
    ['$iothub/twin/PATCH/properties/desired/?$version=5', { kind: 'desired', version: 5 }],
    ['$iothub/methods/POST/reboot/?$rid=1f', { kind: 'method', methodName: 'reboot', rid: '1f' }],
    ['$iothub/methods/res/200/?$rid=1f', { kind: 'methodAnswer', status: 200, rid: '1f' }],
    ['$iothub/methods/res//?$rid=1f', { kind: 'methodAnswer', status: Number.NaN, rid: '1f' }],
  ])('%s is read.', (text, topic) => {
    expect(parseTopic(text)).toEqual(topic);
  });

  it.each([
    '',
    '/?$rid=1',
    '$iothub/twin/GET?$rid=1',
    '$iothub/twin/GET/',
    '$iothub/twin/GET/?',
    '$iothub/twin/GET/?$rid=',
    '$iothub/twin/GET/?$rid=a+b',
    '$iothub/twin/GET/?$rid=a#b',
    '$iothub/twin/get/?$rid=1',
    '$iothub/twin/GET/x/?$rid=1',
    '$iothub/twin/PATCH/properties/desired/?$rid=1',
    '$iothub/twin/PATCH/properties/tags/?$rid=1',
    '$iothub/methods/res/?$rid=1',
    '$iothub/methods/res/200/x/?$rid=1',
    '$iothub/methods/res/200/?rid=1',
    'iothub/twin/GET/?$rid=1',
    ' $iothub/twin/GET/?$rid=1',
  ])('"%s" is foreign.', (text) => {
    expect(parseTopic(text)).toBeUndefined();
  });

  it('may have a rid of the last allowed length, and no longer one.', () => {
    const longest = 'r'.repeat(LIMITS.mqttRidChars.value);

    expect(parseTopic(`$iothub/twin/GET/?$rid=${longest}`)).toEqual({ kind: 'getTwin', rid: longest });
    expect(parseTopic(`$iothub/twin/GET/?$rid=${longest}r`)).toBeUndefined();
  });
});
