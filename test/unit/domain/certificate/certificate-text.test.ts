// In which forms a certificate may be sent.
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { bytesOfCertificate } from '../../../../src/domain/certificate/certificate-text.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';

const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index * 2);
const BASE64 = Buffer.from(BYTES).toString('base64');

function pem(bytes: Uint8Array, label = 'CERTIFICATE'): string {
  const lines = Buffer.from(bytes).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

describe('A certificate is taken', () => {
  test.each([
    ['as PEM', pem(BYTES)],
    ['as PEM with lines of Windows and words around it', `subject=CN = x\r\n${pem(BYTES).replaceAll('\n', '\r\n')}the end`],
    ['as PEM of the old label', pem(BYTES, 'X509 CERTIFICATE')],
    ['as base64 of its bytes', BASE64],
    ['as base64 on several lines', BASE64.replaceAll(/.{10}/g, '$&\n ')],
    ['as base64 of PEM', Buffer.from(pem(BYTES)).toString('base64')],
  ])('%s.', (_, text) => {
    expect(bytesOfCertificate(text)).toEqual(BYTES);
  });

  test('of the greatest length, and none that is longer.', () => {
    const longest = new Uint8Array(LIMITS.certificateBytes.value);
    const tooLong = new Uint8Array(LIMITS.certificateBytes.value + 1);

    expect(bytesOfCertificate(pem(longest))).toEqual(longest);
    expect(() => bytesOfCertificate(pem(tooLong))).toThrow(/longer than 16384 bytes/);
  });
});

describe('A text is refused', () => {
  test.each([
    ['that is empty', ''],
    ['that is no base64', 'certificate!'],
    ['whose base64 was cut', BASE64.slice(0, -1)],
    ['that is a key', pem(BYTES, 'PRIVATE KEY')],
    ['whose PEM has no end', pem(BYTES).replace(/-----END.*/s, '')],
    ['whose PEM holds no base64', '-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----'],
  ])('%s.', (_, text) => {
    expect(() => bytesOfCertificate(text)).toThrow('The text is no certificate. Send PEM, or base64 of DER.');
  });

  test('that holds two certificates.', () => {
    expect(() => bytesOfCertificate(pem(BYTES) + pem(BYTES))).toThrow('There is more than one certificate in the text.');
  });
});
