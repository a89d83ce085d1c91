// The CA certificates of a running hub: upload, proof of possession, and which of them count for devices at this moment.
import type { Actor } from '../domain/audit/audit-entry.ts';
import { toBase64 } from '../domain/base64.ts';
import { type CaCertificateCommand, type CaCertificateEffect, caNamed, caUploadOf } from '../domain/certificate/ca-certificate-write.ts';
import type { CaCertificate } from '../domain/certificate/ca-certificate.ts';
import { bytesOfCertificate } from '../domain/certificate/certificate-text.ts';
import { type CertificateFacts, validityFault } from '../domain/certificate/certificate-facts.ts';
import type { CaCertificateSpec } from '../domain/certificate/parse-ca-certificate.ts';
import { HubError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Precondition } from '../domain/precondition.ts';
import { toIsoTime } from '../domain/time.ts';
import type { CaCertificateStore } from '../ports/ca-certificate-store.ts';
import type { CertificateReader } from '../ports/certificate-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

type Dependencies = {
  readonly store: CaCertificateStore;
  readonly reader: CertificateReader;
  readonly clock: Clock;
  /** By which certificates are valid or not: whoever made them did not ask the hub what time it is. */
  readonly machineClock: Clock;
  readonly random: Random;
};

type Listener = () => void | Promise<void>;

type Kept = { readonly ca: CaCertificate; readonly facts: CertificateFacts };

/** Reads what the store has. */
export async function openCaCertificates(dependencies: Dependencies): Promise<CaCertificates> {
  const { store, reader } = dependencies;
  const kept: Kept[] = [];
  for (const ca of await store.listCaCertificates()) kept.push({ ca, facts: await factsOf(reader, bytesOfCertificate(ca.certificate)) });
  return new CaCertificates(kept, dependencies);
}

export class CaCertificates {
  readonly #store: CaCertificateStore;
  readonly #reader: CertificateReader;
  readonly #clock: Clock;
  readonly #machineClock: Clock;
  readonly #random: Random;
  readonly #listeners = new Set<Listener>();
  #kept: readonly Kept[];
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(kept: readonly Kept[], { store, reader, clock, machineClock, random }: Dependencies) {
    this.#kept = kept;
    this.#store = store;
    this.#reader = reader;
    this.#clock = clock;
    this.#machineClock = machineClock;
    this.#random = random;
  }

  /** In the order of their names. */
  list(): readonly CaCertificate[] {
    return this.#kept.map(({ ca }) => ca);
  }

  /** @throws HubError CertificateNotFound. */
  get(name: string): CaCertificate {
    return caNamed(this.list(), name);
  }

  /** Those by which devices may sign in, as far as their verification goes. */
  trusted(): readonly CertificateFacts[] {
    return this.#kept.filter(({ ca }) => ca.isVerified).map(({ facts }) => facts);
  }

  /** Creates without a precondition, replaces with one. @throws HubError as `caUploadOf` and `applyCaCertificateWrite`. */
  async put({ name, der, isVerified }: CaCertificateSpec, precondition: Precondition, by: Actor): Promise<CaCertificate> {
    const upload = caUploadOf(await factsOf(this.#reader, der), this.#machineClock.nowMs());
    const { ca } = await this.#write({ kind: 'put', name, precondition, upload, isVerified, etag: this.#newEtag() }, by);
    return ca;
  }

  /** Makes a new code, which takes the place of one before. @throws HubError as `applyCaCertificateWrite`. */
  async askCode(name: string, precondition: Precondition, by: Actor): Promise<CaCertificate> {
    const code = hex(this.#random.bytes(LIMITS.verificationCodeBytes.value));
    const { ca } = await this.#write({ kind: 'askCode', name, precondition, code, etag: this.#newEtag() }, by);
    return ca;
  }

  /**
   * @param proof DER of a certificate with the code as its common name, signed by the CA. Devices may sign in from this moment on.
   * @throws HubError ArgumentInvalid for another certificate; otherwise as `applyCaCertificateWrite`.
   */
  async verify({ name, proof }: { name: string; proof: Uint8Array }, precondition: Precondition, by: Actor): Promise<CaCertificate> {
    const { certificate } = this.get(name);
    const issuer = this.#kept.find(({ ca }) => ca.certificate === certificate);
    const facts = await factsOf(this.#reader, proof);
    if (!issuer || !this.#reader.isIssuedBy(facts, issuer.facts)) {
      throw new HubError(
        'ArgumentInvalid',
        `The verification certificate was not signed by the CA '${name}'. Sign it with the key of that CA.`,
      );
    }
    const fault = validityFault(facts, this.#machineClock.nowMs());
    if (fault !== undefined) throw new HubError('ArgumentInvalid', `The verification certificate ${fault}.`);
    const possession = { issuer: certificate, commonName: facts.commonName };
    const { ca } = await this.#write({ kind: 'verify', name, precondition, proof: possession, etag: this.#newEtag() }, by);
    return ca;
  }

  /** @throws HubError as `applyCaCertificateWrite`. */
  async delete(name: string, precondition: Precondition, by: Actor): Promise<void> {
    await this.#write({ kind: 'delete', name, precondition }, by);
  }

  /** Calls `heard`, which must not throw, after each change and before it is acknowledged, until the returned function is called. */
  onChange(heard: Listener): () => void {
    this.#listeners.add(heard);
    return () => void this.#listeners.delete(heard);
  }

  /** One after the other, so that what is known here is what the latest write left. */
  #write(command: CaCertificateCommand, by: Actor): Promise<CaCertificateEffect> {
    const writing = this.#lastWrite.then(async () => {
      const effect = await this.#store.writeCaCertificate({ ...command, at: toIsoTime(this.#clock.nowMs()), by });
      await this.#keep(effect);
      for (const heard of this.#listeners) await heard();
      return effect;
    });
    this.#lastWrite = writing.catch(() => undefined);
    return writing;
  }

  async #keep({ kind, ca }: CaCertificateEffect): Promise<void> {
    const others = this.#kept.filter((kept) => kept.ca.name !== ca.name);
    const facts = await factsOf(this.#reader, bytesOfCertificate(ca.certificate));
    const all = kind === 'deleted' ? others : [...others, { ca, facts }];
    this.#kept = all.toSorted((one, other) => (one.ca.name < other.ca.name ? -1 : 1));
  }

  #newEtag(): string {
    return toBase64(this.#random.bytes(8));
  }
}

/** @throws HubError ArgumentInvalid for bytes that are no certificate. */
async function factsOf(reader: CertificateReader, der: Uint8Array): Promise<CertificateFacts> {
  return reader.read(reader.identify(der));
}

function hex(bytes: Uint8Array): string {
  return [...bytes]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}
