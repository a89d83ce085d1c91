// Reads X.509 certificates and checks who signed them, as a port, so that the rules stay free of cryptography.
import type { CertificateFacts, CertificateIdentity } from '../domain/certificate/certificate-facts.ts';

export interface CertificateReader {
  /** The part of the facts that costs little. @throws HubError as `read`. */
  identify(der: Uint8Array): CertificateIdentity;
  /** @param der one certificate; `der` of the facts is without what may follow it. @throws HubError ArgumentInvalid for anything else. */
  read(der: Uint8Array): Promise<CertificateFacts>;
  /**
   * Whether the certificate names the issuer as its own, and the issuer's key made its signature. False where either cannot be told, such as for
   * an unknown kind of key.
   */
  isIssuedBy(certificate: CertificateFacts, issuer: CertificateFacts): boolean;
}
