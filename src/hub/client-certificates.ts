// Whether the certificate of a client lets it in: by its thumbprint, or by a chain that leads to a CA of the hub.
import { toBase64 } from '../domain/base64.ts';
import { type ChainVerdict, judgeChain, signedPart, withKnownIssuers } from '../domain/certificate/certificate-chain.ts';
import { type CertificateFacts, type CertificateIdentity, validityFault } from '../domain/certificate/certificate-facts.ts';
import type { ClientCertificate } from '../domain/certificate/client-certificate.ts';
import { hasThumbprint } from '../domain/certificate/thumbprint.ts';
import { HubError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { CertificateReader } from '../ports/certificate-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { CaCertificates } from './ca-certificates.ts';
import { RecentMap } from './recent-map.ts';

type Dependencies = {
  readonly reader: CertificateReader;
  readonly caCertificates: CaCertificates;
  readonly clock: Clock;
  /** By which certificates are valid or not: whoever made them did not ask the hub what time it is. */
  readonly machineClock: Clock;
};

/** The CA of the hub that let a client in. */
export type TrustAnchor = { readonly caSha256: string };

/** `expiresAtMs`: when the certificate ends, as the hub's clock will show it. `signedBy` is `undefined` for a thumbprint. */
export type CertificateProof = { readonly expiresAtMs: number; readonly signedBy: TrustAnchor | undefined };

type Identified = readonly [CertificateIdentity, ...CertificateIdentity[]];

type Chain = readonly [CertificateFacts, ...CertificateFacts[]];

export class ClientCertificates {
  readonly #reader: CertificateReader;
  readonly #caCertificates: CaCertificates;
  readonly #clock: Clock;
  readonly #machineClock: Clock;
  /** A connection may sign in again for each of its requests. */
  readonly #identified = new WeakMap<ClientCertificate, Identified>();
  readonly #facts = new WeakMap<CertificateIdentity, CertificateFacts>();
  readonly #isIssuedBy: CertificateReader['isIssuedBy'];
  /** By their bytes: intermediates that a CA of the hub vouched for. A session of TLS that is resumed brings none. */
  readonly #intermediates = new RecentMap<string, CertificateFacts>(LIMITS.intermediatesKnown.value);

  constructor({ reader, caCertificates, clock, machineClock }: Dependencies) {
    this.#reader = reader;
    this.#caCertificates = caCertificates;
    this.#clock = clock;
    this.#machineClock = machineClock;
    this.#isIssuedBy = (certificate, issuer) => reader.isIssuedBy(certificate, issuer);
  }

  /** @throws HubError IotHubUnauthorizedAccess for another certificate, and for one that is not valid at this time. */
  checkThumbprint(certificate: ClientCertificate, thumbprints: Parameters<typeof hasThumbprint>[1]): CertificateProof {
    const [identity] = this.#identify(certificate);
    if (!hasThumbprint(identity, thumbprints)) {
      throw refused(`Thumbprint does not match configuration: that of the certificate is ${identity.sha1}, or ${identity.sha256}.`);
    }
    const fault = validityFault(identity, this.#machineClock.nowMs());
    if (fault !== undefined) throw refused(`The certificate of the client ${fault}.`);
    return { expiresAtMs: this.#hubTimeOf(identity.validToMs), signedBy: undefined };
  }

  /** @param name what must be the common name. @throws HubError IotHubUnauthorizedAccess for every chain but one that `judgeChain` trusts. */
  async checkChain(certificate: ClientCertificate, name: string): Promise<CertificateProof> {
    const sent = this.#identify(certificate);
    const whole = certificate.isResumed ? withKnownIssuers(sent[0], [...this.#intermediates.values()], this.#isIssuedBy) : sent;
    const signed = signedPart(whole, this.#caCertificates.trusted(), this.#isIssuedBy);
    if (!signed) throw refused('The certificate of the client was issued by no verified CA of this hub.');
    const chain = await this.#read(signed);
    const [own] = chain;
    if (own.commonName !== name) throw refused(`The common name of the certificate must be ${name}, but its subject is '${own.subject}'.`);
    const verdict = this.#judge(chain);
    if (verdict.kind === 'refused') throw refused(verdict.because);
    for (const facts of verdict.through) this.#intermediates.set(toBase64(facts.der), facts);
    return { expiresAtMs: this.#hubTimeOf(verdict.validToMs), signedBy: { caSha256: verdict.anchor.sha256 } };
  }

  /** Whether a CA of the hub still lets in whoever it let in. */
  isTrusted({ caSha256 }: TrustAnchor): boolean {
    return this.#caCertificates.trusted().some(({ sha256 }) => sha256 === caSha256);
  }

  #judge(chain: Chain): ChainVerdict {
    const [trusted, nowMs] = [this.#caCertificates.trusted(), this.#machineClock.nowMs()];
    return judgeChain({ chain, trusted, nowMs, isIssuedBy: this.#isIssuedBy });
  }

  /** Once for each connection. */
  #identify(certificate: ClientCertificate): Identified {
    const known = this.#identified.get(certificate);
    if (known) return known;
    const [own, ...others] = certificate.chain;
    const most = LIMITS.certificateChain.value;
    if (others.length >= most) throw refused(`The client sent more than ${most} certificates.`);
    const identified: Identified = [this.#identifyOne(own), ...others.map((der) => this.#identifyOne(der))];
    this.#identified.set(certificate, identified);
    return identified;
  }

  #identifyOne(der: Uint8Array): CertificateIdentity {
    const mostBytes = LIMITS.certificateBytes.value;
    if (der.length > mostBytes) throw refused(`A certificate of the client is longer than ${mostBytes} bytes.`);
    try {
      return this.#reader.identify(der);
    } catch (error) {
      throw unreadable(error);
    }
  }

  async #read([own, ...others]: Identified): Promise<Chain> {
    const facts: CertificateFacts[] = [];
    for (const other of others) facts.push(this.#intermediates.get(toBase64(other.der)) ?? (await this.#readOne(other)));
    return [await this.#readOne(own), ...facts];
  }

  /** Once for each certificate that a connection showed. */
  async #readOne(identity: CertificateIdentity): Promise<CertificateFacts> {
    const known = this.#facts.get(identity);
    if (known) return known;
    try {
      const facts = await this.#reader.read(identity);
      this.#facts.set(identity, facts);
      return facts;
    } catch (error) {
      throw unreadable(error);
    }
  }

  /** The two clocks differ where a test moves that of the hub, by which connections end. */
  #hubTimeOf(machineMs: number): number {
    return this.#clock.nowMs() + machineMs - this.#machineClock.nowMs();
  }
}

/** Anything but a HubError is a bug. */
function unreadable(error: unknown): unknown {
  return error instanceof HubError ? new HubError('IotHubUnauthorizedAccess', error.message, { cause: error }) : error;
}

function refused(message: string): HubError {
  return new HubError('IotHubUnauthorizedAccess', message);
}
