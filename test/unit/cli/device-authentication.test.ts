// What the options of the command line ask of an identity, given how it signs in before.
import { expect, test } from 'vitest';
import { authenticationOf } from '../../../src/cli/device-authentication.ts';

const KEYS = { type: 'sas', symmetricKey: { primaryKey: 'one', secondaryKey: 'two' } };
const NEW_KEYS = { primaryKey: null, secondaryKey: null };

test('Keys stay where the identity signs in by keys already, so that it is not cut off.', () => {
  expect(authenticationOf({ auth: 'keys' }, KEYS)).toEqual(KEYS);
});

test('Keys that are given take the place of those that are there.', () => {
  const given = { primaryKey: 'three', secondaryKey: 'four' };

  expect(authenticationOf(given, KEYS)).toEqual({ type: 'sas', symmetricKey: given });
  expect(authenticationOf({ auth: 'keys', primaryKey: 'three' }, KEYS)).toEqual({
    type: 'sas',
    symmetricKey: { primaryKey: 'three', secondaryKey: null },
  });
});

test('An identity that signed in by a certificate, or is new, gets new keys.', () => {
  const certificate = { type: 'selfSigned', symmetricKey: NEW_KEYS };

  expect(authenticationOf({ auth: 'keys' }, certificate)).toEqual({ type: 'sas', symmetricKey: NEW_KEYS });
  expect(authenticationOf({ auth: 'keys' })).toEqual({ type: 'sas', symmetricKey: NEW_KEYS });
});
