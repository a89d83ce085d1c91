// Tokens of queries: they come back as what they were made of, for their own query alone, as long as the key is the same.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import type { Position } from '../../../src/domain/query/cursor.ts';
import { ContinuationTokens } from '../../../src/hub/continuation-tokens.ts';
import { createSigner } from '../../../src/system/signer.ts';
import { refusalOf } from '../domain/refusal.ts';

function tokensOf(key: string): ContinuationTokens {
  const keys = { primaryKey: btoa(key), secondaryKey: btoa('the other one') };
  return new ContinuationTokens({ signer: createSigner(), policies: { get: () => ({ name: 'iothubowner', permissions: [], keys }) } });
}

const tokens = tokensOf('0123456789abcdef');

test.each<Position>([
  { after: ['device-1'], left: undefined },
  { after: [undefined, null, true, 1.5, -1e300, 'ü😀"\\', { a: [1, { b: null }] }, 'id'], left: 7 },
  { after: [], left: 1 },
])('A token of %j is read as that.', (position) => {
  const token = tokens.format('SELECT 1', position);

  expect(tokens.parse('SELECT 1', token)).toEqual(position);
  expect(token).toMatch(/^[\w.-]+$/);
});

test('A token is none of another query, of a hub with another key, or once a character of it is another.', () => {
  const token = tokens.format('SELECT a', { after: ['device-1'], left: undefined });
  const changed = `${token.startsWith('a') ? 'b' : 'a'}${token.slice(1)}`;

  for (const parse of [
    () => tokens.parse('SELECT b', token),
    () => tokensOf('fedcba9876543210').parse('SELECT a', token),
    () => tokens.parse('SELECT a', changed),
    () => tokens.parse('SELECT a', `${token}.`),
    () => tokens.parse('SELECT a', `${token}=`),
    () => tokens.parse('SELECT a', token.slice(0, -1)),
    () => tokens.parse('SELECT a', ''),
  ]) {
    expect(refusalOf(parse)).toMatchObject({
      code: 'ArgumentInvalid',
      message: expect.stringContaining('not one of this hub for this query'),
    });
  }
});

test('A page ends with values of limited length.', () => {
  const empty = JSON.stringify({ after: [['']] }).length;
  const text = (length: number): Position => ({ after: ['x'.repeat(length)], left: undefined });
  const max = LIMITS.queryCursorBytes.value - empty;

  expect(tokens.format('SELECT 1', text(max)).length).toBeLessThan(LIMITS.httpHeaderBytes.value);
  expect(refusalOf(() => tokens.format('SELECT 1', text(max + 1)))).toMatchObject({
    code: 'ArgumentInvalid',
    message: expect.stringContaining('longer than 8192 bytes. Group by properties that are shorter'),
  });
});
