// Issues the certificates of the local CA, from which the hub's servers have theirs.
import { createPrivateKey, randomBytes, webcrypto, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
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

/** A new root, which can sign server certificates but no further CAs. Its name is unique, so that a trust store tells two hubs apart. */
export async function issueCa(nowMs: number): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ECDSA_P256, true, ['sign', 'verify']);
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [`twinhub local CA ${randomBytes(4).toString('hex')}`] }],
    notBefore: new Date(nowMs - CLOCK_TOLERANCE_MS),
    notAfter: new Date(nowMs + LIMITS.caCertificateDays.value * DAY_MS),
    keys,
    signingAlgorithm: SIGN_ECDSA_SHA256,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: certificatePem(certificate), keyPem: toPem(keys.privateKey) };
}

type ServerRequest = {
  readonly ca: { readonly certificate: X509Certificate; readonly keyPem: string };
  readonly hostNames: readonly string[];
  readonly nowMs: number;
};

/** A certificate for all names and addresses, which ends with its CA at the latest. */
export async function issueServerCertificate({ ca, hostNames, nowMs }: ServerRequest): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ECDSA_P256, true, ['sign', 'verify']);
  const issuer = new x509.X509Certificate(ca.certificate.raw);
  const wantedEndMs = nowMs + LIMITS.serverCertificateDays.value * DAY_MS;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    // Clients read the names from the extension alone; a common name could not hold more than 64 characters.
    subject: [{ CN: ['twinhub'] }],
    issuer: issuer.subjectName,
    notBefore: new Date(nowMs - CLOCK_TOLERANCE_MS),
    notAfter: new Date(Math.min(wantedEndMs, issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(ca.keyPem).toCryptoKey(ECDSA_P256, false, ['sign']),
    signingAlgorithm: SIGN_ECDSA_SHA256,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(hostNames.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }))),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certPem: certificatePem(certificate), keyPem: toPem(keys.privateKey) };
}
