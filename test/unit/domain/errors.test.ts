// The error type and how refusals travel as plain data.
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, HubError, invariant, outcomeOf, valueOf } from '../../../src/domain/errors.ts';
import { LIMITS } from '../../../src/domain/limits.ts';

describe('HubError', () => {
  it('quotes what the caller sent as it is, semicolons too', () => {
    expect(new HubError('ArgumentInvalid', "The key 'a;b;c' is wrong.").message).toBe("The key 'a;b;c' is wrong.");
  });

  it('cuts a message that quotes too much, never inside a character', () => {
    const max = LIMITS.errorMessageChars.value;

    const message = new HubError('ArgumentInvalid', `${'x'.repeat(max - 1)}😀`).message;

    expect(message).toHaveLength(max);
    expect(message.isWellFormed()).toBe(true);
    expect(new HubError('ArgumentInvalid', 'x'.repeat(max)).message).toHaveLength(max);
  });

  it('keeps its cause', () => {
    const cause = new Error('below');

    expect(new HubError('ServerError', 'Above.', { cause }).cause).toBe(cause);
  });
});

describe('the catalogue', () => {
  it('gives each code a number of its own', () => {
    const numbers = Object.values(ERROR_CATALOGUE).map((entry) => entry.number);

    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe('outcomes', () => {
  it('carry a value', () => {
    const outcome = outcomeOf(() => 7);

    expect(outcome).toEqual({ kind: 'done', value: 7 });
    expect(valueOf(outcome)).toBe(7);
  });

  it('carry a refusal as plain data and throw it again at the other side', () => {
    const outcome = outcomeOf(() => {
      throw new HubError('DeviceNotFound', 'Not here.');
    });

    expect(structuredClone(outcome)).toEqual({ kind: 'refused', refusal: { code: 'DeviceNotFound', message: 'Not here.' } });
    expect(() => valueOf(outcome)).toThrow(new HubError('DeviceNotFound', 'Not here.'));
  });

  it('let bugs through', () => {
    const bug = (): never => {
      throw new TypeError('bug');
    };

    expect(() => outcomeOf(bug)).toThrow(TypeError);
  });
});

describe('invariant', () => {
  it('throws only what is no refusal', () => {
    expect(() => invariant(true, 'fine')).not.toThrow();
    expect(() => invariant(false, 'two is two')).toThrow('Broken invariant: two is two');
    expect(() => invariant(false, 'two is two')).not.toThrow(HubError);
  });
});
