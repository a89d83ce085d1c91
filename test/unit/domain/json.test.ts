// JSON from outside: what is read, what is refused, and that hostile input stays harmless.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../src/domain/errors.ts';
import { isJsonObject, ownValue, parseJson, parseJsonBytes } from '../../../src/domain/json.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { refusalOf } from './refusal.ts';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('parseJson', () => {
  it.each([
    ['null', null],
    [' {"a":[1,2.5,"x",true]} ', { a: [1, 2.5, 'x', true] }],
    ['{"a":1,"a":2}', { a: 2 }],
    ['"😀"', '😀'],
    ['"\\ud83d\\ude00"', '😀'],
    ['1.0', 1],
  ])('reads %s', (text, expected) => {
    expect(parseJson(text)).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'nope'],
    ['a trailing comma', '{"a":1,}'],
    ['a number beyond doubles', '{"a":[1e400]}'],
    ['a NUL in a string', '["a\\u0000b"]'],
    ['a NUL in a key', '{"a\\u0000b":1}'],
    ['a lone high surrogate', '["\\ud83d"]'],
    ['a lone low surrogate in a key', '{"\\ude00":1}'],
  ])('refuses %s', (_what, text) => {
    expect(refusalOf(() => parseJson(text)).code).toBe('DeserializationError');
  });

  it('reads the deepest allowed nesting and refuses one level more', () => {
    const deepest = LIMITS.jsonDepth.value;

    expect(() => parseJson(nested(deepest))).not.toThrow();
    expect(refusalOf(() => parseJson(nested(deepest + 1))).message).toContain(`${deepest} levels`);
  });

  it('survives nesting that would overflow the stack', () => {
    expect(refusalOf(() => parseJson(nested(1_000_000))).code).toBe('DeserializationError');
    expect(refusalOf(() => parseJson(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).code).toBe('DeserializationError');
  });

  it('makes __proto__ an ordinary key', () => {
    const value = parseJson('{"__proto__":{"polluted":true}}');

    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  it('reads what JSON.stringify writes', () => {
    const storable = fc.jsonValue({ stringUnit: fc.constantFrom('a', 'é', '漢', '😀', '"', '\\', '\n') });

    fc.assert(
      fc.property(storable, (value) => {
        expect(JSON.stringify(parseJson(JSON.stringify(value)))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('answers any text with a value or a refusal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json({ stringUnit: 'binary' })), (text) => {
        const outcome = outcomeOf(() => JSON.stringify(parseJson(text)));

        const isGood = outcome.kind === 'done' ? outcome.value.isWellFormed() : outcome.refusal.code === 'DeserializationError';
        expect(isGood).toBe(true);
      }),
    );
  });
});

describe('parseJsonBytes', () => {
  it('reads UTF-8, with or without a byte order mark', () => {
    const bytes = new TextEncoder().encode('{"é":"漢😀"}');

    expect(parseJsonBytes(bytes)).toEqual({ é: '漢😀' });
    expect(parseJsonBytes(Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes))).toEqual({ é: '漢😀' });
  });

  it.each([
    ['a stray continuation byte', [0x22, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xe6, 0xbc, 0x22]],
    ['an overlong encoding', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x31, 0x00]],
  ])('refuses %s', (_what, bytes) => {
    const refusal = refusalOf(() => parseJsonBytes(Uint8Array.from(bytes)));

    expect(refusal.code).toBe('DeserializationError');
    expect(refusal.message).toContain('UTF-8');
  });
});

describe('ownValue', () => {
  it('finds own keys only', () => {
    const object = { a: 1 };

    expect(ownValue(object, 'a')).toBe(1);
    expect(ownValue(object, 'toString')).toBeUndefined();
    expect(ownValue(object, '__proto__')).toBeUndefined();
  });
});

describe('isJsonObject', () => {
  it.each([
    [{}, true],
    [[], false],
    [null, false],
    [undefined, false],
    ['text', false],
    [0, false],
  ])('of %j is %s', (value, expected) => {
    expect(isJsonObject(value)).toBe(expected);
  });
});
