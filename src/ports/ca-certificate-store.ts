// Where the CA certificates live by which devices may sign in.
import type { CaCertificate } from '../domain/certificate/ca-certificate.ts';
import type { CaCertificateEffect, CaCertificateWrite } from '../domain/certificate/ca-certificate-write.ts';

export interface CaCertificateStore {
  /** All in code-point order of their names; empty on a new store. */
  listCaCertificates(): Promise<readonly CaCertificate[]>;
  /**
   * Applies `applyCaCertificateWrite` to all as they stand and enters it in the audit, in one transaction, durable when it resolves.
   * @throws HubError as that rule says, with nothing changed.
   */
  writeCaCertificate(write: CaCertificateWrite): Promise<CaCertificateEffect>;
}
