// Which chains lead to a CA of the hub, and which do not.
import { describe, expect, test, vi } from 'vitest';
import { type ChainQuestion, judgeChain, signedPart } from '../../../../src/domain/certificate/certificate-chain.ts';
import type { CertificateFacts } from '../../../../src/domain/certificate/certificate-facts.ts';
import { caFacts, clientFacts, issuedBy, NOON_MS } from './facts-builder.ts';

const root = caFacts('root');
const lamp = clientFacts('lamp');

/** Each certificate of the chain was issued by the next one, and the last one by the first CA that is trusted. */
function question(chain: ChainQuestion['chain'], trusted: readonly CertificateFacts[]): ChainQuestion {
  const line = [...chain, ...trusted.slice(0, 1)];
  const issuers = Object.fromEntries(line.map(({ commonName = '' }, index) => [commonName, [line[index + 1]?.commonName ?? '']]));
  return { chain, trusted, nowMs: NOON_MS, isIssuedBy: issuedBy(issuers) };
}

describe('A chain is trusted', () => {
  test('that is one certificate of a CA of the hub.', () => {
    expect(judgeChain(question([lamp], [root]))).toEqual({ kind: 'trusted', anchor: root, through: [], validToMs: lamp.validToMs });
  });

  test('that leads there through intermediates, in whatever order they are sent.', () => {
    const [upper, lower] = [caFacts('upper'), caFacts('lower')];
    const asked = question([lamp, lower, upper], [root]);

    expect(judgeChain(asked)).toMatchObject({ kind: 'trusted', anchor: root, through: [upper, lower] });
    expect(judgeChain({ ...asked, chain: [lamp, upper, lower] })).toEqual(judgeChain(asked));
  });

  test('that ends at an intermediate which the hub trusts, whether the client sends more of it or not.', () => {
    const lower = caFacts('lower');
    const asked = question([lamp], [lower]);

    expect(judgeChain(asked)).toMatchObject({ kind: 'trusted', anchor: lower });
    expect(judgeChain({ ...asked, chain: [lamp, lower, root] })).toMatchObject({ kind: 'trusted', anchor: lower });
  });

  test('beside certificates that have nothing to do with it.', () => {
    const asked = question([lamp], [root]);

    expect(judgeChain({ ...asked, chain: [lamp, caFacts('stranger'), clientFacts('door')] }).kind).toBe('trusted');
  });

  test('by the one of two CAs of one name whose key made the signature.', () => {
    const [old, renewed] = [caFacts('root', { sha256: 'old' }), caFacts('root', { sha256: 'renewed' })];

    const verdict = judgeChain({ ...question([lamp], [old, renewed]), isIssuedBy: (_, issuer) => issuer === renewed });

    expect(verdict).toMatchObject({ kind: 'trusted', anchor: renewed });
  });

  test('through the CA that allows the longer path, where two vouch for one intermediate.', () => {
    const [near, far] = [caFacts('near', { pathLength: 1 }), caFacts('far')];
    const [upper, lower] = [caFacts('upper'), caFacts('lower')];
    const isIssuedBy = issuedBy({ lamp: ['lower'], lower: ['upper'], upper: ['near', 'far'] });

    const verdict = judgeChain({ chain: [lamp, lower, upper], trusted: [near, far], nowMs: NOON_MS, isIssuedBy });

    expect(verdict).toMatchObject({ kind: 'trusted', anchor: far });
  });

  test.each([
    ['in its first millisecond', { validFromMs: NOON_MS }],
    ['in its last millisecond', { validToMs: NOON_MS }],
    ['without a key usage', { keyUsages: undefined }],
    ['for key agreement', { keyUsages: ['keyAgreement'] as const }],
    ['without an extended key usage', { extendedKeyUsages: undefined }],
    ['for any purpose', { extendedKeyUsages: ['2.5.29.37.0'] }],
  ])('whose client certificate is %s.', (_, changes) => {
    expect(judgeChain(question([clientFacts('lamp', changes)], [root])).kind).toBe('trusted');
  });

  test.each([
    [0, 0],
    [1, 1],
    [3, 3],
  ])('with %i intermediates under a CA of path length %i.', (count, pathLength) => {
    expect(judgeChain(withIntermediates(count, { pathLength })).kind).toBe('trusted');
  });
});

test.each(['lamp', 'middle', 'root'])('A chain ends when %s ends, which is the first of it.', (first) => {
  const end = (name: string): { readonly validToMs: number } => ({ validToMs: NOON_MS + (name === first ? 1000 : 2000) });
  const chain = [clientFacts('lamp', end('lamp')), caFacts('middle', end('middle'))] as const;

  expect(judgeChain(question(chain, [caFacts('root', end('root'))]))).toMatchObject({ kind: 'trusted', validToMs: NOON_MS + 1000 });
});

describe('A chain is refused', () => {
  test('that no CA of the hub has signed.', () => {
    expect(judgeChain(question([lamp], []))).toEqual({
      kind: 'refused',
      because: 'The certificate of the client was issued by no verified CA of this hub.',
    });
    expect(judgeChain({ ...question([lamp], [root]), isIssuedBy: () => false }).kind).toBe('refused');
  });

  test.each([
    ['expired', { validToMs: NOON_MS - 1 }, 'The certificate of the client expired on 2026-01-31T11:59:59.999Z.'],
    ['not valid yet', { validFromMs: NOON_MS + 1 }, 'The certificate of the client is not valid before 2026-01-31T12:00:00.001Z.'],
    [
      'for servers',
      { extendedKeyUsages: ['1.3.6.1.5.5.7.3.1'] },
      'The certificate of the client has an extended key usage without clientAuth.',
    ],
    [
      'for signing others',
      { keyUsages: ['keyCertSign'] as const },
      'The certificate of the client has a key usage without digitalSignature.',
    ],
    [
      'one with an unknown rule',
      { unknownCritical: ['1.2.3'] },
      'The certificate of the client has the critical extension 1.2.3, which the hub does not know.',
    ],
  ])('whose client certificate is %s.', (_, changes, because) => {
    expect(judgeChain(question([clientFacts('lamp', changes)], [root]))).toEqual({ kind: 'refused', because });
  });

  test.each([
    ['no CA', { isCa: false }, 'it is not that of a CA: its basic constraints do not say so.'],
    ['not for signing', { keyUsages: ['digitalSignature'] as const }, 'it has a key usage without keyCertSign.'],
    ['for servers', { extendedKeyUsages: ['1.3.6.1.5.5.7.3.1'] }, 'it has an extended key usage without clientAuth.'],
    ['expired', { validToMs: NOON_MS - 1 }, 'it expired on 2026-01-31T11:59:59.999Z.'],
    ['not valid yet', { validFromMs: NOON_MS + 1 }, 'it is not valid before 2026-01-31T12:00:00.001Z.'],
    ['constrained', { unknownCritical: ['2.5.29.30'] }, 'it has the critical extension 2.5.29.30, which the hub does not know.'],
  ])('whose intermediate is %s, and one whose CA is.', (_, changes, because) => {
    const under = judgeChain(question([lamp, caFacts('middle', changes)], [root]));
    const at = judgeChain(question([lamp], [caFacts('middle', changes)]));

    const reason = `The certificate of the client was issued by no verified CA of this hub. 'CN=middle' could not be used: ${because}`;
    expect(under).toEqual({ kind: 'refused', because: reason });
    expect(at).toEqual({ kind: 'refused', because: reason });
  });

  test.each([
    [1, 0],
    [2, 1],
    [4, 3],
  ])('with %i intermediates under a CA of path length %i.', (count, pathLength) => {
    expect(judgeChain(withIntermediates(count, { pathLength })).kind).toBe('refused');
  });

  test('where an intermediate allows no other below it.', () => {
    const chain = [lamp, caFacts('lower'), caFacts('upper', { pathLength: 0 })] as const;

    expect(judgeChain(question(chain, [root])).kind).toBe('refused');
  });

  test('that goes round in a circle, without a look at any signature.', () => {
    const isIssuedBy = vi.fn<ChainQuestion['isIssuedBy']>(issuedBy({ lamp: ['a'], a: ['b'], b: ['a', 'b'] }));

    const verdict = judgeChain({ chain: [lamp, caFacts('a'), caFacts('b')], trusted: [], nowMs: NOON_MS, isIssuedBy });

    expect(verdict.kind).toBe('refused');
    expect(isIssuedBy).not.toHaveBeenCalled();
  });
});

describe('The signed part of a chain', () => {
  const [upper, lower, stranger] = [caFacts('upper'), caFacts('lower'), caFacts('stranger')];

  test('is what a CA of the hub has signed, straight or through others.', () => {
    const isIssuedBy = issuedBy({ lamp: ['lower'], lower: ['upper'], upper: ['root'], stranger: ['stranger'] });

    expect(signedPart([lamp, lower, stranger, upper], [root], isIssuedBy)).toEqual([lamp, upper, lower]);
  });

  test.each([
    ['by a CA that the hub does not know', { lamp: ['stranger'], stranger: ['root2'] }],
    ['by one that is no CA', { lamp: ['door'], door: ['root'] }],
    ['in a circle', { lamp: ['lower'], lower: ['upper'], upper: ['lower'] }],
  ])('is nothing where the own certificate was signed %s.', (_, issuers) => {
    expect(signedPart([lamp, stranger, clientFacts('door'), lower, upper], [root], issuedBy(issuers))).toBeUndefined();
  });

  test('is found with each two certificates compared once, and none with one that nobody has signed.', () => {
    const isIssuedBy = vi.fn<ChainQuestion['isIssuedBy']>(issuedBy({ lower: ['upper'], upper: ['root'] }));

    signedPart([lamp, lower, upper, stranger], [root], isIssuedBy);

    const asked = isIssuedBy.mock.calls.map((call) => call.map(({ sha256 }) => sha256).join(' by '));
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.filter((pair) => pair.endsWith('by 256-stranger'))).toEqual([]);
  });
});

test('No signature is checked with the key of a certificate that nobody vouched for, and none twice.', () => {
  const others = Array.from({ length: 9 }, (_, index) => caFacts(`made-up-${index}`));
  const trusted = Array.from({ length: 25 }, (_, index) => caFacts(`own-${index}`));
  const isIssuedBy = vi.fn<ChainQuestion['isIssuedBy']>(() => false);

  judgeChain({ chain: [lamp, ...others], trusted, nowMs: NOON_MS, isIssuedBy });

  const asked = isIssuedBy.mock.calls.map((call) => call.map(({ subject }) => subject));
  expect(asked.filter(([, issuer]) => issuer?.includes('made-up'))).toEqual([]);
  expect(new Set(asked.map(String)).size).toBe(asked.length);
  expect(asked).toHaveLength(10 * 25);
});

function withIntermediates(count: number, changes: Partial<CertificateFacts>): ChainQuestion {
  const intermediates = Array.from({ length: count }, (_, index) => caFacts(`middle-${index}`));
  return question([lamp, ...intermediates], [caFacts('root', changes)]);
}
