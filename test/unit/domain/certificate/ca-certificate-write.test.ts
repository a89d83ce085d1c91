// What may be done to the CA certificates of a hub, to the last one allowed and one more.
import { describe, expect, test } from 'vitest';
import type { CaCertificate } from '../../../../src/domain/certificate/ca-certificate.ts';
import {
  applyCaCertificateWrite,
  type CaCertificateCommand,
  type CaCertificateEffect,
  type CaUpload,
  caUploadOf,
} from '../../../../src/domain/certificate/ca-certificate-write.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { Precondition } from '../../../../src/domain/precondition.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { NOON } from '../../../support/store-builders.ts';
import { caFacts, clientFacts, NOON_MS } from './facts-builder.ts';

const NONE: Precondition = { kind: 'none' };
const ANY: Precondition = { kind: 'any' };
const LATER = '2026-02-01T12:00:00.000Z';

const own: CaCertificate = {
  name: 'own',
  etag: 'old',
  ...uploadOf('own'),
  isVerified: false,
  verificationCode: null,
  createdTime: NOON,
  updatedTime: NOON,
};

function uploadOf(name: string): CaUpload {
  return { certificate: `base64-${name}`, subject: `CN=${name}`, thumbprint: `1-${name}`, expiryTime: LATER };
}

function put(name: string, changes: Partial<Extract<CaCertificateCommand, { kind: 'put' }>> = {}): CaCertificateCommand {
  return { kind: 'put', name, upload: uploadOf(name), precondition: NONE, isVerified: undefined, etag: 'new', ...changes };
}

function apply(all: readonly CaCertificate[], command: CaCertificateCommand): CaCertificateEffect {
  return applyCaCertificateWrite(all, { ...command, at: LATER, by: SOMEONE });
}

describe('A put without If-Match', () => {
  test('creates one that is not verified.', () => {
    const { kind, before, ca } = apply([], put('own'));

    expect({ kind, before }).toEqual({ kind: 'created', before: undefined });
    expect(ca).toEqual({ ...own, etag: 'new', createdTime: LATER, updatedTime: LATER });
  });

  test('creates one that is verified, where the caller vouches for it.', () => {
    expect(apply([], put('own', { isVerified: true })).ca.isVerified).toBe(true);
  });

  test('is refused where the name is there.', () => {
    expect(() => apply([own], put('own', { upload: uploadOf('other') }))).toThrow(/There is a CA certificate 'own' already/);
  });

  test('is refused where the certificate is there under another name.', () => {
    expect(() => apply([own], put('copy', { upload: uploadOf('own') }))).toThrow(
      "The hub has this certificate already, under the name 'own'.",
    );
  });

  test('creates the last one of a hub, and none beyond it.', () => {
    const others = Array.from({ length: LIMITS.caCertificates.value }, (_, index) => ({
      ...own,
      ...uploadOf(`c${index}`),
      name: `c${index}`,
    }));

    expect(apply(others.slice(1), put('own')).kind).toBe('created');
    expect(() => apply(others, put('own'))).toThrow('A hub has at most 25 CA certificates.');
  });
});

describe('A put with If-Match', () => {
  const verified: CaCertificate = { ...own, isVerified: true };

  test.each([[ANY], [{ kind: 'match', etag: 'old' } as const]])(
    'replaces the certificate, which has to be verified again (%j).',
    (precondition) => {
      const { kind, before, ca } = apply([verified], put('own', { precondition, upload: uploadOf('other') }));

      expect({ kind, before }).toEqual({ kind: 'updated', before: verified });
      expect(ca).toEqual({ ...own, ...uploadOf('other'), etag: 'new', updatedTime: LATER });
    },
  );

  test('of the same certificate changes nothing but the etag.', () => {
    const asked: CaCertificate = { ...own, verificationCode: 'CODE' };

    expect(apply([verified], put('own', { precondition: ANY })).ca).toMatchObject({ isVerified: true });
    expect(apply([asked], put('own', { precondition: ANY })).ca).toEqual({ ...asked, etag: 'new', updatedTime: LATER });
  });

  test('vouches for it, or takes that back.', () => {
    const asked: CaCertificate = { ...own, verificationCode: 'CODE' };

    expect(apply([asked], put('own', { precondition: ANY, isVerified: true })).ca).toMatchObject({
      isVerified: true,
      verificationCode: null,
    });
    expect(apply([verified], put('own', { precondition: ANY, isVerified: false })).ca).toMatchObject({ isVerified: false });
  });

  test('is refused for an old etag, for a name that is not there, and for the certificate of another.', () => {
    const other: CaCertificate = { ...own, ...uploadOf('other'), name: 'other' };

    expect(() => apply([own], put('own', { precondition: { kind: 'match', etag: 'older' } }))).toThrow(/not the current one/);
    expect(() => apply([own], put('nobody', { precondition: ANY }))).toThrow("There is no CA certificate 'nobody'.");
    expect(() => apply([own, other], put('own', { precondition: ANY, upload: uploadOf('other') }))).toThrow(/under the name 'other'/);
  });
});

describe('A verification', () => {
  const asked: CaCertificate = { ...own, verificationCode: 'CODE' };
  const proof = { issuer: own.certificate, commonName: 'CODE' };
  const verify = (changes: Partial<typeof proof> = {}): CaCertificateCommand => ({
    kind: 'verify',
    name: 'own',
    precondition: NONE,
    proof: { ...proof, ...changes },
    etag: 'new',
  });

  test('begins with a code, which takes the place of one before.', () => {
    const { kind, ca } = apply([asked], { kind: 'askCode', name: 'own', precondition: NONE, code: 'OTHER', etag: 'new' });

    expect(kind).toBe('codeGiven');
    expect(ca).toEqual({ ...asked, verificationCode: 'OTHER', etag: 'new', updatedTime: LATER });
  });

  test('ends with a certificate that the CA signed for the code, which is good once.', () => {
    const { kind, ca } = apply([asked], verify());

    expect(kind).toBe('verified');
    expect(ca).toEqual({ ...own, isVerified: true, etag: 'new', updatedTime: LATER });
    expect(() => apply([ca], verify())).toThrow('No verification code was asked for.');
  });

  test.each([
    [
      'another common name',
      verify({ commonName: 'code' }),
      'The common name of the verification certificate must be the verification code, CODE.',
    ],
    [
      'a certificate of a CA that was replaced since',
      verify({ issuer: 'other' }),
      "The CA certificate 'own' was replaced. Verify it again.",
    ],
    ['an old etag', { ...verify(), precondition: { kind: 'match', etag: 'older' } as const }, 'not the current one'],
  ])('is refused with %s.', (_, command, message) => {
    expect(() => apply([asked], command)).toThrow(message);
  });
});

test('A delete tells what was there, and is refused for an old etag.', () => {
  const remove = (precondition: Precondition): CaCertificateCommand => ({ kind: 'delete', name: 'own', precondition });

  expect(apply([own], remove(NONE))).toEqual({ kind: 'deleted', before: own, ca: own });
  expect(() => apply([own], remove({ kind: 'match', etag: 'older' }))).toThrow(/not the current one/);
  expect(() => apply([], remove(NONE))).toThrow("There is no CA certificate 'own'.");
});

describe('An upload', () => {
  test('keeps what the certificate says of itself.', () => {
    expect(caUploadOf(caFacts('root'), NOON_MS)).toEqual({
      certificate: 'cm9vdA==',
      subject: 'CN=root',
      thumbprint: '1-root',
      expiryTime: '2026-01-31T13:00:00.000Z',
    });
  });

  test('may be of a CA that ends at this moment, or begins later.', () => {
    expect(() => caUploadOf(caFacts('root', { validToMs: NOON_MS }), NOON_MS)).not.toThrow();
    expect(() => caUploadOf(caFacts('root', { validFromMs: NOON_MS + 1 }), NOON_MS)).not.toThrow();
  });

  test.each([
    [clientFacts('lamp'), 'is not that of a CA'],
    [caFacts('root', { keyUsages: ['digitalSignature'] }), 'has a key usage without keyCertSign'],
    [caFacts('root', { unknownCritical: ['2.5.29.30'] }), 'has the critical extension 2.5.29.30'],
    [caFacts('root', { validToMs: NOON_MS - 1 }), 'expired on 2026-01-31T11:59:59.999Z'],
  ])('is refused of $subject, which %s.', (facts, fault) => {
    expect(() => caUploadOf(facts, NOON_MS)).toThrow(`The certificate of '${facts.subject}' ${fault}`);
  });
});
