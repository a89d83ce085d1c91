// Reads X.509 certificates and checks who signed them, as a port, so that the rules stay free of cryptography.
import type { CertificateFacts, CertificateIdentity } from '../domain/certificate/certificate-facts.ts';

export interface CertificateReader {
  /** @param der one certificate; `der` of the result is without what may follow it. @throws HubError ArgumentInvalid for anything else. */
  identify(der: Uint8Array): CertificateIdentity;
  /** May take long for one that was made to. @throws HubError as `identify`. */
  read(certificate: CertificateIdentity): Promise<CertificateFacts>;
  /**
   * Whether the certificate names the issuer as its own, and the issuer's key made its signature. False where either cannot be told, such as for
   * an unknown kind of key.
   */
  isIssuedBy(certificate: CertificateIdentity, issuer: CertificateIdentity): boolean;
}
