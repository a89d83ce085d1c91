// What the bodies of calls about CA certificates may say.
import { describe, expect, test } from 'vitest';
import { parseCaCertificateSpec, parseCertificate } from '../../../../src/domain/certificate/parse-ca-certificate.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';

const BODY = { certificate: 'AAEC' };
const DER = new Uint8Array([0, 1, 2]);

describe('An upload', () => {
  test.each([
    [BODY, undefined],
    [{ ...BODY, isVerified: null }, undefined],
    [{ ...BODY, isVerified: true }, true],
    [{ ...BODY, isVerified: false, subject: 'sent back as it was read' }, false],
  ])('is read from %j.', (body, isVerified) => {
    expect(parseCaCertificateSpec('own', body)).toEqual({ name: 'own', der: DER, isVerified });
  });

  test.each(['a', 'A-1_b.pem', 'x'.repeat(LIMITS.caCertificateNameChars.value)])('may have the name %s.', (name) => {
    expect(parseCaCertificateSpec(name, BODY).name).toBe(name);
  });

  test.each(['', '.', '..', '-a', 'a b', 'a/b', 'é', 'x'.repeat(LIMITS.caCertificateNameChars.value + 1)])(
    'may not have the name %j.',
    (name) => {
      expect(() => parseCaCertificateSpec(name, BODY)).toThrow(`'${name}' cannot be the name of a CA certificate.`);
    },
  );

  test('says true or false of its verification, or nothing.', () => {
    expect(() => parseCaCertificateSpec('own', { ...BODY, isVerified: 'yes' })).toThrow(`'isVerified' must be true or false.`);
  });
});

test.each([
  [null, 'must be a JSON object'],
  [[BODY], 'must be a JSON object'],
  [{}, `'certificate' must be the text of a certificate`],
  [{ certificate: 7 }, `'certificate' must be the text of a certificate`],
  [{ certificate: 'no' }, 'The text is no certificate.'],
])('A body %j without a certificate is refused.', (body, message) => {
  expect(() => parseCertificate(body)).toThrow(message);
  expect(() => parseCaCertificateSpec('own', body)).toThrow(message);
});
