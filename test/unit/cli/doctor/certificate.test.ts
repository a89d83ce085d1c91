// How doctor judges certificates, without any network.
import { describe, expect, it } from 'vitest';
import type { CertificateFile } from '../../../../src/cli/doctor/probes/machine.ts';
import type { CertificateFacts } from '../../../../src/cli/doctor/probes/tls.ts';
import {
  judgeAppTrust,
  judgeCaFile,
  judgeChain,
  judgeDates,
  judgeNames,
  judgeStrength,
} from '../../../../src/cli/doctor/rules/certificate.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DAY = 24 * 3600_000;
const LOCAL = 'CN=twinhub local CA 0123abcd';

function certificate(parts: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    names: 'DNS:localhost, IP Address:127.0.0.1',
    issuer: LOCAL,
    fingerprint: 'AA:BB',
    validFromMs: NOW - DAY,
    validToMs: NOW + 300 * DAY,
    coversHostName: true,
    isSelfSigned: false,
    rsaBits: undefined,
    signatureAlgorithm: 'ecdsa-with-SHA256',
    ...parts,
  };
}

function file(parts: Partial<CertificateFacts> & { readonly isCa?: boolean } = {}): CertificateFile {
  const { isCa = true, ...facts } = parts;
  return { kind: 'certificate', path: '/data/ca.pem', pem: '', facts: certificate(facts), isCa };
}

const BROKEN_FILE: CertificateFile = { kind: 'unreadable', path: '/gone.pem', fault: 'ENOENT' };

function sight(trustFault?: string, parts: Partial<CertificateFacts> = {}): Parameters<typeof judgeChain>[0]['sight'] {
  return { kind: 'certificate', protocol: 'TLSv1.3', certificate: certificate(parts), trustFault };
}

describe('the names of a certificate', () => {
  it('are right when the host name of connection strings is one of them', () => {
    expect(judgeNames(certificate(), 'localhost')).toMatchObject({ state: 'ok' });
  });

  it('fail with the flag that adds the missing one', () => {
    const verdict = judgeNames(certificate({ coversHostName: false }), 'hub.example.com');

    expect(verdict).toEqual({
      state: 'failed',
      seen: 'The certificate is for localhost, 127.0.0.1, and not for hub.example.com, as connection strings say.',
      advice: expect.stringContaining('Start the hub with --hostname hub.example.com'),
    });
  });
});

describe('the dates of a certificate', () => {
  it.each<readonly [string, Partial<CertificateFacts>, readonly [string, RegExp]]>([
    ['its last but one millisecond of 21 days', { validToMs: NOW + 21 * DAY - 1 }, ['warning', /ends on 2026-03-22, in 20 days/]],
    ['21 days before its end', { validToMs: NOW + 21 * DAY }, ['ok', /good until 2026-03-22/]],
    ['the day before its end', { validToMs: NOW + DAY }, ['warning', /in 1 day\./]],
    ['the last millisecond', { validToMs: NOW + 1 }, ['warning', /in 0 days/]],
    ['its end', { validToMs: NOW }, ['failed', /ended on 2026-03-01/]],
    ['its first moment', { validFromMs: NOW }, ['ok', /good until/]],
    ['the moment before', { validFromMs: NOW + 1 }, ['failed', /in the future/]],
  ])('at %s', (_, parts, [state, seen]) => {
    expect(judgeDates(certificate(parts), NOW)).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });

  it('lead to a restart for a certificate that the hub makes, and to a renewal for one that it does not', () => {
    const own = judgeDates(certificate({ validToMs: NOW }), NOW);
    const other = judgeDates(certificate({ validToMs: NOW, issuer: 'CN=Company CA' }), NOW);

    expect([own, other]).toMatchObject(
      [{ advice: /^Start the hub again/ }, { advice: /^Renew it/ }].map(({ advice }) => ({ advice: expect.stringMatching(advice) })),
    );
  });
});

describe('the strength of a certificate', () => {
  it.each<readonly [Partial<CertificateFacts>, string]>([
    [{}, 'ok'],
    [{ rsaBits: 2048, signatureAlgorithm: 'sha256WithRSAEncryption' }, 'ok'],
    [{ rsaBits: 2047 }, 'warning'],
    [{ signatureAlgorithm: 'sha1WithRSAEncryption' }, 'warning'],
    [{ signatureAlgorithm: 'ecdsa-with-SHA1' }, 'warning'],
    [{ signatureAlgorithm: 'md5WithRSAEncryption' }, 'warning'],
  ])('of %j is %s', (parts, state) => {
    expect(judgeStrength(certificate(parts)).state).toBe(state);
  });
});

describe('the chain of a certificate', () => {
  it.each<readonly [string, Parameters<typeof judgeChain>[0], readonly [string, RegExp]]>([
    ['ends at the CA', { ca: file(), sight: sight() }, ['ok', /of the CA in \/data\/ca\.pem/]],
    [
      'ends elsewhere',
      { ca: file(), sight: sight('SELF_SIGNED_CERT_IN_CHAIN') },
      ['failed', /of CN=twinhub local CA 0123abcd, and not of/],
    ],
    ['has no CA to compare with', { ca: undefined, sight: sight('SELF_SIGNED_CERT_IN_CHAIN') }, ['skipped', /no CA is named/]],
    ['has a CA that cannot be read', { ca: BROKEN_FILE, sight: sight() }, ['failed', /^\/gone\.pem holds no certificate/]],
    ['is out of date', { ca: file(), sight: sight('CERT_HAS_EXPIRED') }, ['skipped', /while a date is wrong/]],
    ['is itself', { ca: file(), sight: sight('DEPTH_ZERO_SELF_SIGNED_CERT', { isSelfSigned: true }) }, ['failed', /is of itself/]],
  ])('that %s', (_, facts, [state, seen]) => {
    expect(judgeChain(facts)).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });
});

describe('the trust of apps', () => {
  const UNTRUSTED = sight('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  const FOREIGN = sight('UNABLE_TO_VERIFY_LEAF_SIGNATURE', { issuer: 'CN=Company CA' });

  it.each<readonly [string, Parameters<typeof judgeAppTrust>[0], readonly [string, RegExp, RegExp]]>([
    [
      'is missing',
      { sight: UNTRUSTED, extra: undefined, caPath: '/data/ca.pem' },
      ['warning', /is not set/, /CERTS to \/data\/ca\.pem before/],
    ],
    [
      'is missing and its file unknown',
      { sight: UNTRUSTED, extra: undefined, caPath: undefined },
      ['warning', /is not set/, /ca\.pem in its data dir/],
    ],
    [
      'names a file that is gone',
      { sight: UNTRUSTED, extra: BROKEN_FILE, caPath: '/data/ca.pem' },
      ['failed', /names \/gone\.pem, .*ENOENT/, /^Set NODE_/],
    ],
    ['is in another hub', { sight: UNTRUSTED, extra: file(), caPath: '/data/ca.pem' }, ['failed', /earlier data dir/, /twinhub exec/]],
    [
      'is in a bundle',
      { sight: UNTRUSTED, extra: file({ issuer: 'CN=Root' }), caPath: '/data/ca.pem' },
      ['warning', /does not hold/, /^Set NODE_/],
    ],
    [
      'is of a CA of its own',
      { sight: FOREIGN, extra: undefined, caPath: undefined },
      ['warning', /is not set/, /certificate of CN=Company CA; append intermediate/],
    ],
    [
      'lacks a link',
      { sight: FOREIGN, extra: file({ issuer: 'CN=Root' }), caPath: undefined },
      ['warning', /does not hold/, /intermediate/],
    ],
    ['is out of date', { sight: sight('CERT_NOT_YET_VALID'), extra: undefined, caPath: undefined }, ['skipped', /date/, /dates/]],
  ])('that %s', (_, facts, [state, seen, advice]) => {
    expect(judgeAppTrust(facts)).toEqual({ state, seen: expect.stringMatching(seen), advice: expect.stringMatching(advice) });
  });

  it('is there whatever NODE_EXTRA_CA_CERTS says when the chain is good', () => {
    expect(judgeAppTrust({ sight: sight(), extra: BROKEN_FILE, caPath: undefined }).state).toBe('ok');
  });
});

describe('the file of the CA', () => {
  it.each<readonly [string, CertificateFile, string]>([
    ['is there', file(), 'ok'],
    ['is not there yet', BROKEN_FILE, 'skipped'],
    ['may not be read', { ...BROKEN_FILE, fault: 'EACCES' }, 'failed'],
    ['holds something else', { ...BROKEN_FILE, fault: 'ERR_OSSL_PEM_NO_START_LINE' }, 'failed'],
    ['is that of a server', file({ isCa: false }), 'failed'],
    ['has just ended', file({ validToMs: NOW }), 'failed'],
    ['is about to end', file({ validToMs: NOW + 1 }), 'ok'],
    ['is of the future', file({ validFromMs: NOW + 1 }), 'failed'],
  ])('that %s', (_, ca, state) => {
    expect(judgeCaFile(ca, NOW).state).toBe(state);
  });
});

it('is never told to be deleted to someone who may not read it', () => {
  const verdict = judgeCaFile({ ...BROKEN_FILE, fault: 'EACCES' }, NOW);

  expect(verdict).toMatchObject({ advice: 'Run this as the user who runs the hub.' });
});
