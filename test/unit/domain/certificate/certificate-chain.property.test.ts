// Goal: the rule finds a way from a client to a CA exactly where there is one. Method: any graph of who issued whom, with path lengths, against
// a search that tries every way there is.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeChain, signedPart, withKnownIssuers } from '../../../../src/domain/certificate/certificate-chain.ts';
import type { CertificateFacts } from '../../../../src/domain/certificate/certificate-facts.ts';
import { caFacts, clientFacts, NOON_MS } from './facts-builder.ts';

const CAS = 6;

const world = fc.record({
  /** The issuers of each certificate; the client's own is the last. */
  edges: fc.array(fc.array(fc.nat(CAS - 1), { maxLength: 3 }), { minLength: CAS + 1, maxLength: CAS + 1 }),
  pathLengths: fc.array(fc.option(fc.nat(3), { nil: undefined }), { minLength: CAS, maxLength: CAS }),
  trusted: fc.uniqueArray(fc.nat(CAS - 1), { maxLength: 2 }),
  order: fc.shuffledSubarray([...Array(CAS).keys()]),
});

test('A chain is trusted exactly when some way through what was sent leads to a CA of the hub.', () => {
  fc.assert(
    fc.property(world, ({ edges, pathLengths, trusted, order }) => {
      const cas = pathLengths.map((pathLength, index) => caFacts(String(index), { pathLength }));
      const lamp = clientFacts(String(CAS));
      const isIssuedBy = (one: CertificateFacts, issuer: CertificateFacts): boolean =>
        edges[Number(one.commonName)]?.includes(Number(issuer.commonName)) ?? false;
      const own = trusted.flatMap((index) => cas[index] ?? []);
      const sent = order.flatMap((index) => cas[index] ?? []);

      const verdict = judgeChain({ chain: [lamp, ...sent], trusted: own, nowMs: NOON_MS, isIssuedBy });
      const signed = signedPart([lamp, ...sent], own, isIssuedBy);
      const verdictOfSigned = signed && judgeChain({ chain: signed, trusted: own, nowMs: NOON_MS, isIssuedBy });
      const verdictOfKnown = judgeChain({ chain: withKnownIssuers(lamp, sent, isIssuedBy), trusted: own, nowMs: NOON_MS, isIssuedBy });

      expect(verdict.kind === 'trusted').toBe(hasWay(lamp, [], { own, sent, isIssuedBy }));
      expect(verdictOfSigned?.kind === 'trusted').toBe(verdict.kind === 'trusted');
      expect(verdictOfKnown.kind).toBe(verdict.kind);
    }),
    { numRuns: 1000 },
  );
});

type Way = {
  readonly own: readonly CertificateFacts[];
  readonly sent: readonly CertificateFacts[];
  readonly isIssuedBy: (one: CertificateFacts, issuer: CertificateFacts) => boolean;
};

/** @param below the CAs between the client and `at`. */
function hasWay(at: CertificateFacts, below: readonly CertificateFacts[], way: Way): boolean {
  const fits = (issuer: CertificateFacts): boolean => way.isIssuedBy(at, issuer) && (issuer.pathLength ?? CAS) >= below.length;
  if (way.own.some(fits)) return true;
  const next = way.sent.filter((issuer) => fits(issuer) && !below.includes(issuer) && !way.own.includes(issuer));
  return next.some((issuer) => hasWay(issuer, [...below, issuer], way));
}
