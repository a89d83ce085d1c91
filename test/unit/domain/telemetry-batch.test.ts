// Batches of messages: what counts as one, and that a malformed message refuses all of them by its index.
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../src/domain/json.ts';
import { parseTelemetryBatch } from '../../../src/domain/telemetry-batch.ts';
import { refusalOf } from './refusal.ts';

describe('a batch', () => {
  test.each<[string, JsonValue, readonly number[]]>([
    ['no messages', [], []],
    ['an empty body', [{ body: '' }], [0]],
    ['one byte', [{ body: 'aA==' }], [1]],
    ['two bytes', [{ body: 'aGg=' }], [2]],
    ['three bytes', [{ body: 'aGho' }], [3]],
    ['every character of base64', [{ body: '+/09azAZ' }], [6]],
    ['several messages', [{ body: 'aGho' }, { body: 'aA==', properties: { 'iothub-app-a': 'b', 'iothub-messageid': '1' } }], [3, 1]],
    ['a text that is not encoded', [{ body: 'ü=', base64Encoded: false }], [3]],
    ['base64 that says so', [{ body: 'aA==', base64Encoded: true }], [1]],
    ['nulls for what is optional', [{ body: 'aA==', base64Encoded: null, properties: null }], [1]],
    ['fields that are not known', [{ body: 'aA==', toString: 1 }], [1]],
  ])('of %s is read.', (_, batch, sizes) => {
    expect(parseTelemetryBatch(batch)).toEqual(sizes);
  });

  test.each<[string, JsonValue]>([
    ['object', { body: 'aA==' }],
    ['text', 'aA=='],
    ['null', null],
  ])('is no %s.', (_, batch) => {
    expect(refusalOf(() => parseTelemetryBatch(batch))).toMatchObject({
      code: 'ArgumentInvalid',
      message: 'The body of a batch must be an array of messages.',
    });
  });

  test.each<[string, JsonValue, string]>([
    ['text', 'aA==', 'it must be an object with a body'],
    ['null', null, 'it must be an object with a body'],
    ['array', [], 'it must be an object with a body'],
    ['object without a body', {}, 'its body must be a string'],
    ['object with a number as body', { body: 1 }, 'its body must be a string'],
    ['body of three characters', { body: 'aA=' }, 'its body must be base64, or base64Encoded must be false'],
    ['body of plain text', { body: 'text' + '!!!!' }, 'its body must be base64, or base64Encoded must be false'],
    ['body with too much at its end', { body: 'a===' }, 'its body must be base64, or base64Encoded must be false'],
    ['body with an end in its middle', { body: 'aA==aA==' }, 'its body must be base64, or base64Encoded must be false'],
    ['body in the alphabet of URLs', { body: 'a-_A' }, 'its body must be base64, or base64Encoded must be false'],
    ['encoding that is a text', { body: 'aA==', base64Encoded: 'false' }, 'base64Encoded must be true or false'],
    ['array of properties', { body: 'aA==', properties: [] }, 'its properties must be an object of strings'],
    ['property that is a number', { body: 'aA==', properties: { a: 1 } }, 'its properties must be an object of strings'],
  ])('is refused whole for a message that is malformed: %s', (_, message, rule) => {
    expect(refusalOf(() => parseTelemetryBatch([{ body: 'aA==' }, message, 1]))).toMatchObject({
      code: 'ArgumentInvalid',
      message: `The message at index 1 of the batch is malformed: ${rule}. None was accepted.`,
    });
  });
});
