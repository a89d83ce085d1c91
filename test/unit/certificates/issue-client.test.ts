// The certificates that the command line makes for devices, and the test CAs that sign them.
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCertificateReader } from '../../../src/certificates/certificate-reader.ts';
import { issueClientCertificate, issueTestCa } from '../../../src/certificates/issue-client.ts';
import { judgeChain } from '../../../src/domain/certificate/certificate-chain.ts';
import { LIMITS } from '../../../src/domain/limits.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12);
const DAY_MS = 24 * 3600_000;

describe('A certificate of a device', () => {
  test.each(['lamp', '#1', '"quoted"', 'a+b,c=d', 'x'.repeat(LIMITS.commonNameChars.value)])(
    'for %j is one that a hub takes.',
    async (deviceId) => {
      const reader = createCertificateReader();
      const ca = await issueTestCa({ commonName: 'test', nowMs: NOW_MS });
      const pair = await issueClientCertificate({ commonName: deviceId, nowMs: NOW_MS, notAfterMs: NOW_MS + DAY_MS }, ca);

      const anchor = await reader.read(reader.identify(new X509Certificate(ca.certPem).raw));
      const client = await reader.read(reader.identify(new X509Certificate(pair.certPem).raw));

      expect(client.commonName).toBe(deviceId);
      expect(
        judgeChain({ chain: [client], trusted: [anchor], nowMs: NOW_MS, isIssuedBy: (one, other) => reader.isIssuedBy(one, other) }),
      ).toMatchObject({
        kind: 'trusted',
        anchor,
      });
    },
  );

  test('that signs itself has the key that comes with it, and cannot sign others.', async () => {
    const pair = await issueClientCertificate({ commonName: 'lamp', nowMs: NOW_MS, notAfterMs: NOW_MS + DAY_MS }, undefined);
    const certificate = new X509Certificate(pair.certPem);

    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subject).toBe('CN=lamp');
    expect(certificate.validToDate.getTime()).toBe(NOW_MS + DAY_MS);
  });

  test('ends with its CA at the latest.', async () => {
    const ca = await issueTestCa({ commonName: 'test', nowMs: NOW_MS });
    const caEndMs = new X509Certificate(ca.certPem).validToDate.getTime();

    const pair = await issueClientCertificate({ commonName: 'lamp', nowMs: NOW_MS, notAfterMs: caEndMs + DAY_MS }, ca);

    expect(new X509Certificate(pair.certPem).validToDate.getTime()).toBe(caEndMs);
  });
});
