// How an identity is to sign in, as bodies say it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authenticationDocument } from '../../../../src/domain/identity/authentication-document.ts';
import { parseAuthentication } from '../../../../src/domain/identity/parse-authentication.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { sas } from '../../../support/identities.ts';
import { refusalOf } from '../refusal.ts';
import { LONGEST_KEY, SHORTEST_KEY } from './device-builder.ts';

const SHA1 = 'aB12'.repeat(10);
const SHA256 = 'aB12'.repeat(16);

function withThumbprints(type: JsonValue, primaryThumbprint: JsonValue, secondaryThumbprint: JsonValue = null): JsonObject {
  return { authentication: { type, x509Thumbprint: { primaryThumbprint, secondaryThumbprint } } };
}

function hexDigitsOf(...counts: readonly number[]): fc.Arbitrary<string> {
  const digit = fc.constantFrom(...'0123456789abcdefABCDEF'.split(''));
  return fc.constantFrom(...counts).chain((count) => fc.string({ unit: digit, minLength: count, maxLength: count }));
}

describe('parseAuthentication', () => {
  it.each([
    ['SHA-1', SHA1],
    ['SHA-256', SHA256],
  ])('keeps thumbprints of %s as they came, case included', (_what, thumbprint) => {
    expect(parseAuthentication(withThumbprints('selfSigned', thumbprint, SHA1), 'device')).toEqual({
      type: 'selfSigned',
      thumbprints: { primary: thumbprint, secondary: SHA1 },
    });
  });

  it.each([['device'], ['module']] as const)('accepts a %s that is selfSigned without a thumbprint', (owner) => {
    expect(parseAuthentication({ authentication: { type: 'selfSigned' } }, owner)).toEqual({
      type: 'selfSigned',
      thumbprints: { primary: null, secondary: null },
    });
  });

  it('takes any hexadecimal text of 40 or 64 digits', () => {
    fc.assert(
      fc.property(hexDigitsOf(40, 64), (thumbprint) => {
        const parsed = parseAuthentication(withThumbprints('selfSigned', thumbprint), 'device');

        expect(parsed).toMatchObject({ thumbprints: { primary: thumbprint } });
      }),
    );
  });

  it('takes no other count of digits', () => {
    const others = Array.from({ length: 80 }, (_, index) => index + 1).filter((digits) => digits !== 40 && digits !== 64);

    fc.assert(
      fc.property(hexDigitsOf(...others), (thumbprint) => {
        expect(refusalOf(() => parseAuthentication(withThumbprints('selfSigned', thumbprint), 'device')).code).toBe('ArgumentInvalid');
      }),
    );
  });

  it.each([
    ['39 digits', SHA1.slice(1)],
    ['41 digits', `${SHA1}0`],
    ['63 digits', SHA256.slice(1)],
    ['65 digits', `${SHA256}0`],
    ['separators', SHA1.match(/../g)?.join(':') ?? ''],
    ['a letter that is no digit', SHA1.replace('a', 'g')],
    ['spaces around', ` ${SHA1} `],
    ['a line end', `${SHA1}\n`],
    ['no string', 7],
  ])('refuses a thumbprint with %s, whatever the type is', (_what, thumbprint) => {
    for (const type of ['selfSigned', 'sas', 'certificateAuthority', null]) {
      expect(refusalOf(() => parseAuthentication(withThumbprints(type, thumbprint), 'device')).message).toContain('primaryThumbprint');
      expect(refusalOf(() => parseAuthentication(withThumbprints(type, '', thumbprint), 'device')).message).toContain(
        'secondaryThumbprint',
      );
    }
  });

  it('takes a thumbprint without a type for selfSigned, and drops it with another type', () => {
    expect(parseAuthentication(withThumbprints(null, '', SHA1), 'device')).toMatchObject({ type: 'selfSigned' });
    expect(parseAuthentication(withThumbprints('certificateAuthority', SHA1), 'device')).toEqual({ type: 'certificateAuthority' });
    expect(parseAuthentication(withThumbprints('sas', SHA1), 'device')).toBeUndefined();
  });

  it('drops keys with a type that has none', () => {
    const symmetricKey = { primaryKey: SHORTEST_KEY, secondaryKey: LONGEST_KEY };

    expect(parseAuthentication({ authentication: { type: 'certificateAuthority', symmetricKey } }, 'device')).toEqual({
      type: 'certificateAuthority',
    });
  });

  it('makes keys for a module that asks for none, and refuses such a device', () => {
    const body = { authentication: { type: 'none' } };

    expect(parseAuthentication(body, 'module')).toBeUndefined();
    expect(refusalOf(() => parseAuthentication(body, 'device')).message).toContain('none');
  });

  it.each([
    sas({ primaryKey: SHORTEST_KEY, secondaryKey: LONGEST_KEY }),
    { type: 'selfSigned', thumbprints: { primary: null, secondary: SHA256 } } as const,
    { type: 'certificateAuthority' } as const,
  ])('reads back the document of $type', (authentication) => {
    expect(parseAuthentication({ authentication: authenticationDocument(authentication) }, 'module')).toEqual(authentication);
  });
});
