// Device ids: each legal character, each other one, and the length.
import { describe, expect, it } from 'vitest';
import { checkDeviceId } from '../../../../src/domain/identity/device-id.ts';
import { refusalOf } from '../refusal.ts';

const LEGAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-:.+%_#*?!(),=@;$'";
const ASCII = Array.from({ length: 128 }, (_item, code) => String.fromCharCode(code));

describe('checkDeviceId', () => {
  it('accepts every legal character, alone and together', () => {
    for (const char of LEGAL) expect(checkDeviceId(char)).toBe(char);
    expect(checkDeviceId(LEGAL)).toBe(LEGAL);
  });

  it('refuses every other ASCII character', () => {
    const illegal = ASCII.filter((char) => !LEGAL.includes(char));

    const refused = illegal.filter((char) => refusalOf(() => checkDeviceId(`a${char}b`)).code === 'ArgumentInvalid');

    expect(refused).toHaveLength(128 - LEGAL.length);
  });

  it.each([[''], ['é'], ['漢'], ['😀'], ['a\n'], ['\u212a']])('refuses %j', (id) => {
    expect(refusalOf(() => checkDeviceId(id)).code).toBe('ArgumentInvalid');
  });

  it('accepts 128 characters and refuses 129', () => {
    expect(checkDeviceId('x'.repeat(128))).toHaveLength(128);
    expect(refusalOf(() => checkDeviceId('x'.repeat(129))).message).toContain('128');
  });
});
