// If-Match: how it is read and what it refuses.
import { describe, expect, it } from 'vitest';
import { checkPrecondition, parsePrecondition } from '../../../src/domain/precondition.ts';
import { refusalOf } from './refusal.ts';

describe('parsePrecondition', () => {
  it.each([
    [undefined, { kind: 'none' }],
    ['', { kind: 'none' }],
    ['  ', { kind: 'none' }],
    ['""', { kind: 'match', etag: '' }],
    ['W/"*"', { kind: 'any' }],
    [' "MA==" ', { kind: 'match', etag: 'MA==' }],
    ['W/MA==', { kind: 'match', etag: 'W/MA==' }],
    ['*', { kind: 'any' }],
    ['"*"', { kind: 'any' }],
    ['AAAAAAAAAAE=', { kind: 'match', etag: 'AAAAAAAAAAE=' }],
    ['"AAAAAAAAAAE="', { kind: 'match', etag: 'AAAAAAAAAAE=' }],
    ['W/"MA=="', { kind: 'match', etag: 'MA==' }],
  ])('reads %j', (header, expected) => {
    expect(parsePrecondition(header)).toEqual(expected);
  });
});

describe('parsePrecondition of what is no one etag', () => {
  it.each(['"a", "b"', 'a,b', '"a"b"', '"', '"a', 'a"', '"*", "*"', '*, *', ','])('refuses %j', (header) => {
    expect(refusalOf(() => parsePrecondition(header)).code).toBe('ArgumentInvalid');
  });
});

describe('checkPrecondition', () => {
  it.each(['none', 'any'] as const)('lets %s pass whatever the etag', (kind) => {
    expect(() => checkPrecondition({ kind }, 'MQ==')).not.toThrow();
  });

  it('lets the current etag pass and refuses another', () => {
    expect(() => checkPrecondition({ kind: 'match', etag: 'MQ==' }, 'MQ==')).not.toThrow();
    expect(refusalOf(() => checkPrecondition({ kind: 'match', etag: 'MA==' }, 'MQ==')).code).toBe('PreconditionFailed');
  });
});
