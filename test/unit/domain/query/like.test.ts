// Patterns that other matchers take very long for end here in time with what they say.
import { describe, expect, it } from 'vitest';
import { isLike } from '../../../../src/domain/query/like.ts';

describe('a pattern', () => {
  it.each([
    ['%a%a%a%a%a%a%a%a%a%b', false],
    [`${'%a'.repeat(2000)}%b`, false],
    [`${'%_'.repeat(2000)}`, true],
    [`${'_'.repeat(4096)}`, true],
    [`${'_'.repeat(4097)}`, false],
  ])('%s is tried against 4096 characters', (pattern, expected) => {
    expect(isLike('a'.repeat(4096), pattern)).toBe(expected);
  });

  it('is the one that is given, also after another one', () => {
    expect([isLike('a', 'a'), isLike('a', 'b'), isLike('b', 'b'), isLike('', ''), isLike('a', '')]).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});
