// Whom a certificate lets in, by thumbprint or by its chain, when TLS is resumed, and until when.
import { expect, test, vi } from 'vitest';
import { createCertificateReader } from '../../../src/certificates/certificate-reader.ts';
import type { ClientCertificate } from '../../../src/domain/certificate/client-certificate.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { type CaCertificates, openCaCertificates } from '../../../src/hub/ca-certificates.ts';
import { ClientCertificates } from '../../../src/hub/client-certificates.ts';
import { openEphemeralStore } from '../../../src/stores/sqlite/open-ephemeral-store.ts';
import { systemRandom } from '../../../src/system/system-random.ts';
import { SOMEONE } from '../../support/actors.ts';
import { type Made, makeCa, makeClient } from '../../support/certificates.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const NONE = { kind: 'none' } as const;

type Opened = AsyncDisposable & {
  readonly clock: FakeClock;
  readonly machineClock: FakeClock;
  readonly cas: CaCertificates;
  readonly certificates: ClientCertificates;
  readonly trust: (...cas: readonly Made[]) => Promise<void>;
};

/** The machine's clock is the real one at the start, by which the certificates of these tests are made. */
async function open(): Promise<Opened> {
  const stores = await openEphemeralStore({});
  const parts = {
    clock: new FakeClock(),
    machineClock: new FakeClock(Date.now()),
    reader: createCertificateReader(),
    store: stores.caCertificates,
    random: systemRandom,
  };
  const cas = await openCaCertificates(parts);
  return {
    ...parts,
    cas,
    certificates: new ClientCertificates({ ...parts, caCertificates: cas }),
    async trust(...made): Promise<void> {
      for (const [index, { der }] of made.entries()) await cas.put({ name: `ca-${index}`, der, isVerified: true }, NONE, SOMEONE);
    },
    [Symbol.asyncDispose]: () => stores.close(),
  };
}

function shown(own: Made, ...others: readonly Made[]): ClientCertificate {
  return { chain: [own.der, ...others.map(({ der }) => der)], isResumed: false };
}

test('A certificate is known by its thumbprint, while it is valid.', async () => {
  await using hub = await open();
  const toMs = hub.machineClock.nowMs() - (hub.machineClock.nowMs() % 1000) + 60_000;
  const lamp = await makeClient('lamp', undefined, { toMs });
  const check = (thumbprint: string): unknown => hub.certificates.checkThumbprint(shown(lamp), { primary: thumbprint, secondary: null });
  const leftMs = toMs - hub.machineClock.nowMs();

  const proof = check(lamp.sha256);

  expect(proof).toEqual({ expiresAtMs: hub.clock.nowMs() + leftMs, signedBy: undefined });
  expect(() => check(lamp.sha1.replace(/./, 'X'))).toThrow(/Thumbprint does not match/);
  hub.machineClock.advance(leftMs);
  expect(() => check(lamp.sha1)).not.toThrow();
  hub.machineClock.advance(1);
  expect(() => check(lamp.sha1)).toThrow(/The certificate of the client expired on/);
});

test('What is no certificate is refused, and not a fault of the hub.', async () => {
  await using hub = await open();
  const garbage: ClientCertificate = { chain: [new Uint8Array([1, 2, 3])], isResumed: false };

  expect(() => hub.certificates.checkThumbprint(garbage, { primary: 'A', secondary: null })).toThrow(
    expect.objectContaining({ code: 'IotHubUnauthorizedAccess' }),
  );
  await expect(hub.certificates.checkChain(garbage, 'lamp')).rejects.toMatchObject({ code: 'IotHubUnauthorizedAccess' });
});

test('A chain lets in the device of its common name, and tells which CA did and when the first certificate ends.', async () => {
  await using hub = await open();
  const toMs = hub.machineClock.nowMs() - (hub.machineClock.nowMs() % 1000) + 60_000;
  const root = await makeCa('root');
  const middle = await makeCa('middle', { issuer: root, toMs });
  const lamp = await makeClient('lamp', middle);
  await hub.trust(root);

  const proof = await hub.certificates.checkChain(shown(lamp, middle), 'lamp');

  expect(proof).toEqual({ expiresAtMs: hub.clock.nowMs() + toMs - hub.machineClock.nowMs(), signedBy: { caSha256: root.sha256 } });
  await expect(hub.certificates.checkChain(shown(lamp, middle), 'Lamp')).rejects.toThrow(/must be Lamp, but its subject is 'CN=lamp'/);
  await expect(hub.certificates.checkChain(shown(lamp), 'lamp')).rejects.toThrow(/issued by no verified CA/);
});

test('A session of TLS that is resumed brings no intermediates, and the hub knows those that it has vouched for.', async () => {
  await using hub = await open();
  const root = await makeCa('root');
  const [upper, stranger] = [await makeCa('upper', { issuer: root }), await makeCa('stranger')];
  const lower = await makeCa('lower', { issuer: upper });
  const lamp = await makeClient('lamp', lower);
  const resumed = { ...shown(lamp), isResumed: true };
  await hub.trust(root);

  await expect(hub.certificates.checkChain(resumed, 'lamp')).rejects.toThrow(/issued by no verified CA/);
  await hub.certificates.checkChain(shown(lamp, lower, upper, stranger), 'lamp');
  const proof = await hub.certificates.checkChain(resumed, 'lamp');
  await expect(hub.certificates.checkChain(shown(lamp), 'lamp')).rejects.toThrow(/issued by no verified CA/);
  await hub.cas.delete('ca-0', NONE, SOMEONE);

  expect(proof.signedBy).toEqual({ caSha256: root.sha256 });
  await expect(hub.certificates.checkChain(resumed, 'lamp')).rejects.toThrow(/issued by no verified CA/);
});

test('A session of TLS that is resumed costs no signature of intermediates that it does not need, whoever opens it.', async () => {
  await using hub = await open();
  const root = await makeCa('root');
  const [middle, other] = [await makeCa('middle', { issuer: root }), await makeCa('other', { issuer: root })];
  const [lamp, door] = [await makeClient('lamp', middle), await makeClient('door', other)];
  await hub.trust(root);
  const reader = createCertificateReader();
  const isIssuedBy = vi.spyOn(reader, 'isIssuedBy');
  const certificates = new ClientCertificates({ ...hub, reader, caCertificates: hub.cas });
  await certificates.checkChain(shown(lamp, middle), 'lamp');
  await certificates.checkChain(shown(door, other), 'door');
  const signaturesOf = ({ sha256 }: Made): number => isIssuedBy.mock.calls.filter(([certificate]) => certificate.sha256 === sha256).length;
  const before = signaturesOf(other);

  await certificates.checkChain({ ...shown(lamp), isResumed: true }, 'lamp');
  const stranger = { ...shown(await makeClient('lamp')), isResumed: true };
  await expect(certificates.checkChain(stranger, 'lamp')).rejects.toThrow(/issued by no verified CA/);

  expect([before > 0, signaturesOf(other)]).toEqual([true, before]);
});

test('A CA that was deleted, or is not verified any more, is trusted no longer.', async () => {
  await using hub = await open();
  const [one, other] = [await makeCa('one'), await makeCa('other')];
  await hub.trust(one, other);
  const lamp = await makeClient('lamp', one);
  const trusted = (): readonly boolean[] => [one, other].map(({ sha256 }) => hub.certificates.isTrusted({ caSha256: sha256 }));

  const before = trusted();
  await hub.cas.put({ name: 'ca-1', der: other.der, isVerified: false }, { kind: 'any' }, SOMEONE);
  const between = trusted();
  await hub.cas.delete('ca-0', NONE, SOMEONE);

  expect([before, between, trusted()]).toEqual([
    [true, true],
    [true, false],
    [false, false],
  ]);
  await expect(hub.certificates.checkChain(shown(lamp), 'lamp')).rejects.toThrow(/issued by no verified CA/);
});

test('A chain has so many certificates at most, and none of them is longer than it may be.', async () => {
  await using hub = await open();
  const root = await makeCa('root');
  const lamp = await makeClient('lamp', root);
  await hub.trust(root);
  const others = Array<Made>(LIMITS.certificateChain.value - 1).fill(root);

  await expect(hub.certificates.checkChain(shown(lamp, ...others), 'lamp')).resolves.toBeDefined();
  await expect(hub.certificates.checkChain(shown(lamp, ...others, root), 'lamp')).rejects.toThrow(/more than 10 certificates/);
  const tooLong = { ...lamp, der: Buffer.concat([lamp.der, Buffer.alloc(LIMITS.certificateBytes.value + 1 - lamp.der.length)]) };
  await expect(hub.certificates.checkChain(shown(tooLong), 'lamp')).rejects.toThrow(/longer than 16384 bytes/);
  await expect(hub.certificates.checkChain(shown({ ...tooLong, der: tooLong.der.subarray(1) }), 'lamp')).rejects.not.toThrow(/longer/);
});

test('What no CA of the hub has signed is never read: a stranger could make it costly.', async () => {
  await using hub = await open();
  const root = await makeCa('root');
  await hub.trust(root);
  const reader = createCertificateReader();
  const read = vi.spyOn(reader, 'read');
  const certificates = new ClientCertificates({ ...hub, reader, caCertificates: hub.cas });
  const [stranger, neighbour] = [await makeCa('stranger'), await makeClient('neighbour', root)];

  await expect(certificates.checkChain(shown(await makeClient('lamp', stranger), stranger, root), 'lamp')).rejects.toThrow(
    /no verified CA/,
  );
  await expect(certificates.checkChain(shown(await makeClient('lamp', neighbour), neighbour), 'lamp')).rejects.toThrow(/no verified CA/);
  const beforeGood = read.mock.calls.length;
  await certificates.checkChain(shown(await makeClient('lamp', root), stranger), 'lamp');

  expect([beforeGood, read.mock.calls.length]).toEqual([0, 1]);
});

test('The certificates of a connection are read once, however often it signs in.', async () => {
  await using hub = await open();
  const root = await makeCa('root');
  const certificate = shown(await makeClient('lamp', root));
  await hub.trust(root);
  const reader = createCertificateReader();
  const read = vi.spyOn(reader, 'read');
  const certificates = new ClientCertificates({ ...hub, reader, caCertificates: hub.cas });

  await certificates.checkChain(certificate, 'lamp');
  await certificates.checkChain(certificate, 'lamp');

  expect(read).toHaveBeenCalledTimes(1);
});
