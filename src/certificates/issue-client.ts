// Issues the certificates with which devices sign in, and the test CAs that sign them.
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { LIMITS } from '../domain/limits.ts';
import {
  certificatePem,
  CLOCK_TOLERANCE_MS,
  DAY_MS,
  ECDSA_P256,
  type KeyPair,
  loadX509,
  newSerial,
  SIGN_ECDSA_SHA256,
  toPem,
} from './x509-library.ts';

/** `notAfterMs`: the certificate ends then, or with its CA. `commonName`: what stands in the certificate for whom it is. */
type Subject = { readonly commonName: string; readonly nowMs: number; readonly notAfterMs: number };

/** A new root, which can sign those of devices and of further CAs. */
export async function issueTestCa({ commonName, nowMs }: { readonly commonName: string; readonly nowMs: number }): Promise<KeyPair> {
  const notAfterMs = nowMs + LIMITS.caCertificateDays.value * DAY_MS;
  return issue({ commonName, nowMs, notAfterMs }, undefined, 'ca');
}

/** @param issuer a CA whose key is one for ECDSA on P-256, as those made here are; `undefined`: the certificate signs itself. */
export async function issueClientCertificate(subject: Subject, issuer: KeyPair | undefined): Promise<KeyPair> {
  return issue(subject, issuer, 'client');
}

async function issue({ commonName, nowMs, notAfterMs }: Subject, issuer: KeyPair | undefined, kind: 'ca' | 'client'): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ECDSA_P256, true, ['sign', 'verify']);
  const parent = issuer && new x509.X509Certificate(new X509Certificate(issuer.certPem).raw);
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
  // The library reads plain text as a notation of its own, in which quotes and number signs mean something.
  const subject = new x509.Name([{ CN: [{ utf8String: commonName }] }]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject,
    issuer: parent?.subjectName ?? subject,
    notBefore: new Date(nowMs - CLOCK_TOLERANCE_MS),
    notAfter: new Date(parent ? Math.min(notAfterMs, parent.notAfter.getTime()) : notAfterMs),
    publicKey: keys.publicKey,
    signingKey: issuer ? createPrivateKey(issuer.keyPem).toCryptoKey(ECDSA_P256, false, ['sign']) : keys.privateKey,
    signingAlgorithm: SIGN_ECDSA_SHA256,
    extensions: [
      new x509.BasicConstraintsExtension(kind === 'ca', undefined, true),
      new x509.KeyUsagesExtension(kind === 'ca' ? keyCertSign | cRLSign : digitalSignature, true),
      ...(kind === 'client' ? [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])] : []),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(parent ? [await x509.AuthorityKeyIdentifierExtension.create(parent.publicKey)] : []),
    ],
  });
  return { certPem: certificatePem(certificate), keyPem: toPem(keys.privateKey) };
}
