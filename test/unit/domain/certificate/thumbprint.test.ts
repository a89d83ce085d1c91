// Which certificates a thumbprint stands for.
import { expect, test } from 'vitest';
import { hasThumbprint } from '../../../../src/domain/certificate/thumbprint.ts';

const SHA1 = 'ABCDEF0123456789ABCDEF0123456789ABCDEF01';
const SHA256 = `${SHA1}ABCDEF0123456789ABCDEF01`;
const OTHER = SHA1.replace('A', 'B');
const identity = { der: new Uint8Array(), sha1: SHA1, sha256: SHA256, validFromMs: 0, validToMs: 0, isCa: false };

test.each([
  [SHA1, null],
  [null, SHA1],
  [OTHER, SHA1],
  [SHA256, OTHER],
  [OTHER, SHA256],
  [SHA1.toLowerCase(), null],
  [null, SHA256.toLowerCase()],
])('The thumbprints %s and %s have one of the certificate.', (primary, secondary) => {
  expect(hasThumbprint(identity, { primary, secondary })).toBe(true);
});

test.each([
  [null, null],
  [OTHER, null],
  [OTHER, OTHER],
  ['', ''],
  [SHA1.slice(1), SHA256.slice(1)],
  [`${SHA1} `, null],
])('The thumbprints %j and %j have none of the certificate.', (primary, secondary) => {
  expect(hasThumbprint(identity, { primary, secondary })).toBe(false);
});
