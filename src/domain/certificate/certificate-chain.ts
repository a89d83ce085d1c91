// Whether a chain of certificates that a client sent leads to a CA that the hub trusts.
import { type CertificateFacts, type CertificateIdentity, clientFault, issuerFault, validityFault } from './certificate-facts.ts';

/**
 * The chain without what no CA of the hub has signed, straight or through others; `undefined` when the client's own certificate is among that.
 * Comes before anything of a chain is read: what a stranger makes up may be costly to read, and stays unread.
 * @param isIssuedBy as in a `ChainQuestion`; asked once at most for each two certificates.
 */
export function signedPart<Certificate extends CertificateIdentity>(
  [own, ...others]: readonly [Certificate, ...Certificate[]],
  trusted: readonly Certificate[],
  isIssuedBy: (certificate: Certificate, issuer: Certificate) => boolean,
): readonly [Certificate, ...Certificate[]] | undefined {
  let waiting: readonly Certificate[] = others.filter(({ isCa }) => isCa);
  let issuers = trusted;
  let isOwnSigned = false;
  const signed: Certificate[] = [];
  while (issuers.length > 0) {
    const isSigned = (certificate: Certificate): boolean => issuers.some((issuer) => isIssuedBy(certificate, issuer));
    isOwnSigned ||= isSigned(own);
    const found = waiting.filter(isSigned);
    waiting = waiting.filter((certificate) => !found.includes(certificate));
    signed.push(...found);
    issuers = found;
  }
  return isOwnSigned ? [own, ...signed] : undefined;
}

/**
 * The client's own certificate with those of the known CAs that lead up from it, so that the others of a fleet cost no signature. `known` holds
 * nothing that a stranger made up.
 * @param isIssuedBy as in a `ChainQuestion`; asked once at most for each two certificates.
 */
export function withKnownIssuers<Certificate extends CertificateIdentity>(
  own: Certificate,
  known: readonly Certificate[],
  isIssuedBy: (certificate: Certificate, issuer: Certificate) => boolean,
): readonly [Certificate, ...Certificate[]] {
  let waiting = known;
  let issued: readonly Certificate[] = [own];
  const issuers: Certificate[] = [];
  while (issued.length > 0) {
    const below = issued;
    const found = waiting.filter((issuer) => below.some((certificate) => isIssuedBy(certificate, issuer)));
    waiting = waiting.filter((certificate) => !found.includes(certificate));
    issuers.push(...found);
    issued = found;
  }
  return [own, ...issuers];
}

export type ChainQuestion = {
  /** The client's own certificate comes first; the others in any order. */
  readonly chain: readonly [CertificateFacts, ...CertificateFacts[]];
  /** The verified CAs of the hub, roots or not. */
  readonly trusted: readonly CertificateFacts[];
  readonly nowMs: number;
  /** Whether the issuer is named as such by the other certificate and its key made the signature. Only asked for issuers that are trusted. */
  readonly isIssuedBy: (certificate: CertificateFacts, issuer: CertificateFacts) => boolean;
};

/** `anchor`: the CA of the hub at the end of the chain. `because`: one sentence. */
export type ChainVerdict =
  | {
      readonly kind: 'trusted';
      readonly anchor: CertificateFacts;
      /** The intermediates on the way, the one below the anchor first. */
      readonly through: readonly CertificateFacts[];
      /** When the first certificate of the chain ends, milliseconds since 1970 UTC. */
      readonly validToMs: number;
    }
  | { readonly kind: 'refused'; readonly because: string };

/**
 * Goes from the hub's CAs down, so that no signature is ever checked with a key that nobody vouched for, and a circle of certificates leads
 * nowhere. The chain may end at any CA of the hub, also one that is no root. With n certificates and m CAs at most n × (n + m) signatures are
 * checked.
 */
export function judgeChain({ chain, trusted, nowMs, isIssuedBy }: ChainQuestion): ChainVerdict {
  const [leaf, ...others] = chain;
  const fault = validityFault(leaf, nowMs) ?? clientFault(leaf);
  if (fault !== undefined) return refused(`The certificate of the client ${fault}.`);
  const issued = remembered(isIssuedBy);
  const usable = (facts: CertificateFacts): boolean => (validityFault(facts, nowMs) ?? issuerFault(facts)) === undefined;
  const issuers = trusted
    .filter(usable)
    .map((facts): Issuer => ({ facts, anchor: facts, through: [], mayPrecede: facts.pathLength ?? Number.POSITIVE_INFINITY }));
  const intermediates = others.filter((facts) => usable(facts) && !trusted.some(({ sha256 }) => sha256 === facts.sha256));
  const issuer = vouchedFor(issuers, intermediates, issued).find(({ facts }) => issued(leaf, facts));
  if (issuer) {
    const { anchor, through } = issuer;
    return { kind: 'trusted', anchor, through, validToMs: Math.min(...[leaf, ...through, anchor].map(({ validToMs }) => validToMs)) };
  }
  return refused(`The certificate of the client was issued by no verified CA of this hub.${unusable([...others, ...trusted], nowMs)}`);
}

type Issuer = {
  readonly facts: CertificateFacts;
  readonly anchor: CertificateFacts;
  /** From the anchor to these facts, which are the last of them unless they are the anchor. */
  readonly through: readonly CertificateFacts[];
  /** How many further CAs may come between this one and the client. */
  readonly mayPrecede: number;
};

type IsIssuedBy = ChainQuestion['isIssuedBy'];

/** Adds the intermediates that an issuer vouches for, round by round; each round brings at least one, or lets one precede more. */
function vouchedFor(anchors: readonly Issuer[], intermediates: readonly CertificateFacts[], isIssuedBy: IsIssuedBy): readonly Issuer[] {
  let issuers = anchors;
  for (let round = 0; round < intermediates.length; round += 1) {
    const found = intermediates.flatMap((facts): readonly Issuer[] => {
      const known = issuers.find((issuer) => issuer.facts === facts)?.mayPrecede ?? -1;
      const better = issuers.filter((issuer) => mayPrecede(facts, issuer) > known && isIssuedBy(facts, issuer.facts));
      return better.map((issuer) => ({
        facts,
        anchor: issuer.anchor,
        through: [...issuer.through, facts],
        mayPrecede: mayPrecede(facts, issuer),
      }));
    });
    if (found.length === 0) break;
    issuers = best([...issuers, ...found]);
  }
  return issuers;
}

/** Negative: the issuer may precede no CA at all. */
function mayPrecede(facts: CertificateFacts, issuer: Issuer): number {
  return Math.min(issuer.mayPrecede - 1, facts.pathLength ?? Number.POSITIVE_INFINITY);
}

/** Each certificate once, with the most that it may precede. */
function best(issuers: readonly Issuer[]): readonly Issuer[] {
  const byFacts = new Map<CertificateFacts, Issuer>();
  for (const issuer of issuers) {
    const known = byFacts.get(issuer.facts);
    if (!known || known.mayPrecede < issuer.mayPrecede) byFacts.set(issuer.facts, issuer);
  }
  return [...byFacts.values()];
}

function remembered(isIssuedBy: IsIssuedBy): IsIssuedBy {
  const answers = new Map<CertificateFacts, Map<CertificateFacts, boolean>>();
  return (certificate, issuer) => {
    const ofCertificate = answers.get(certificate) ?? new Map<CertificateFacts, boolean>();
    answers.set(certificate, ofCertificate);
    const answer = ofCertificate.get(issuer) ?? isIssuedBy(certificate, issuer);
    ofCertificate.set(issuer, answer);
    return answer;
  };
}

/** Names the first certificate that might have led further, for whoever looks for the reason. */
function unusable(candidates: readonly CertificateFacts[], nowMs: number): string {
  for (const facts of candidates) {
    const fault = validityFault(facts, nowMs) ?? issuerFault(facts);
    if (fault !== undefined) return ` '${facts.subject}' could not be used: it ${fault}.`;
  }
  return '';
}

function refused(because: string): ChainVerdict {
  return { kind: 'refused', because };
}
