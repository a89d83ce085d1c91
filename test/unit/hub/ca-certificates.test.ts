// The CA certificates that a hub finds at its start, and changes of them while it runs.
import { expect, test } from 'vitest';
import { createCertificateReader } from '../../../src/certificates/certificate-reader.ts';
import { type CaCertificates, openCaCertificates } from '../../../src/hub/ca-certificates.ts';
import { openEphemeralStore } from '../../../src/stores/sqlite/open-ephemeral-store.ts';
import { systemRandom } from '../../../src/system/system-random.ts';
import { SOMEONE } from '../../support/actors.ts';
import { factsOf, type Made, makeCa, makeClient } from '../../support/certificates.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const NONE = { kind: 'none' } as const;

type Opened = AsyncDisposable & { readonly restart: () => Promise<CaCertificates>; readonly machineClock: FakeClock };

async function openStore(): Promise<Opened> {
  const stores = await openEphemeralStore({});
  const machineClock = new FakeClock();
  const parts = {
    store: stores.caCertificates,
    reader: createCertificateReader(),
    clock: new FakeClock(),
    machineClock,
    random: systemRandom,
  };
  return { restart: () => openCaCertificates(parts), machineClock, [Symbol.asyncDispose]: () => stores.close() };
}

/** Certificates that are valid by the clock of these tests. */
function times({ machineClock }: Opened): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: machineClock.nowMs() - 1000, toMs: machineClock.nowMs() + 60_000 };
}

function upload(cas: CaCertificates, name: string, { der }: Made): Promise<unknown> {
  return cas.put({ name, der, isVerified: undefined }, NONE, SOMEONE);
}

test('A CA is trusted after the proof of possession, and after a restart.', async () => {
  await using store = await openStore();
  const cas = await store.restart();
  const factory = await makeCa('factory', times(store));

  await upload(cas, 'own', factory);
  const before = cas.trusted();
  const { verificationCode } = await cas.askCode('own', NONE, SOMEONE);
  const proof = await makeClient(verificationCode ?? '', factory, times(store));
  const verified = await cas.verify({ name: 'own', proof: proof.der }, NONE, SOMEONE);

  expect(verificationCode).toMatch(/^[0-9A-F]{48}$/);
  expect(before).toEqual([]);
  expect(cas.trusted()).toEqual([await factsOf(factory)]);
  expect(verified).toEqual(cas.get('own'));
  expect(verified.verificationCode).toBeNull();
  const again = await store.restart();
  expect(again.list()).toEqual(cas.list());
  expect(again.trusted()).toEqual(cas.trusted());
});

test('A proof by another key, with another name, out of its time or without a code is refused, and the right one still counts.', async () => {
  await using store = await openStore();
  const cas = await store.restart();
  const [factory, impostor] = [await makeCa('factory', times(store)), await makeCa('factory', times(store))];
  await upload(cas, 'own', factory);
  const prove = async (issuer: Made, code: string, changes = times(store)): Promise<unknown> =>
    cas.verify({ name: 'own', proof: (await makeClient(code, issuer, changes)).der }, NONE, SOMEONE);

  await expect(prove(factory, 'CODE')).rejects.toThrow(/No verification code was asked for/);
  const code = (await cas.askCode('own', NONE, SOMEONE)).verificationCode ?? '';
  await expect(prove(impostor, code)).rejects.toThrow(/was not signed by the CA 'own'/);
  await expect(prove(factory, `${code}0`)).rejects.toThrow(/must be the verification code/);
  await expect(prove(factory, code, { ...times(store), toMs: store.machineClock.nowMs() - 1 })).rejects.toThrow(/expired on/);
  await expect(cas.verify({ name: 'own', proof: new Uint8Array([1]) }, NONE, SOMEONE)).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  await expect(cas.verify({ name: 'other', proof: factory.der }, NONE, SOMEONE)).rejects.toMatchObject({ code: 'CertificateNotFound' });

  expect(cas.trusted()).toEqual([]);
  await expect(prove(factory, code)).resolves.toMatchObject({ isVerified: true });
});

test('A CA that has expired by the clock of the machine is refused, and one that ends at this moment is not.', async () => {
  await using store = await openStore();
  const cas = await store.restart();
  const nowMs = store.machineClock.nowMs();
  const toMs = nowMs - (nowMs % 1000);
  const ca = await makeCa('factory', { fromMs: toMs - 60_000, toMs });

  store.machineClock.advance(toMs - nowMs);
  await upload(cas, 'last', ca);
  store.machineClock.advance(1);

  await expect(upload(cas, 'late', await makeCa('other', { fromMs: toMs - 60_000, toMs }))).rejects.toThrow(/expired on/);
});

test('What is changed and deleted shows at once, in the order of names, and whoever listens hears of it before it is acknowledged.', async () => {
  await using store = await openStore();
  const cas = await store.restart();
  const heard: number[] = [];
  const stop = cas.onChange(async () => {
    await Promise.resolve();
    heard.push(cas.trusted().length);
  });

  for (const name of ['b', 'a']) await cas.put({ name, der: (await makeCa(name, times(store))).der, isVerified: true }, NONE, SOMEONE);
  const names = cas.list().map(({ name }) => name);
  await cas.put({ name: 'b', der: (await makeCa('c', times(store))).der, isVerified: undefined }, { kind: 'any' }, SOMEONE);
  await cas.delete('a', NONE, SOMEONE);
  stop();
  await cas.delete('b', NONE, SOMEONE);

  expect(names).toEqual(['a', 'b']);
  expect(heard).toEqual([1, 2, 1, 0]);
  expect(cas.list()).toEqual([]);
});

test('A refused write changes nothing and keeps no later one back.', async () => {
  await using store = await openStore();
  const cas = await store.restart();
  const factory = await makeCa('factory', times(store));

  await upload(cas, 'a', factory);
  const writes = await Promise.allSettled([upload(cas, 'b', factory), cas.delete('c', NONE, SOMEONE), cas.askCode('a', NONE, SOMEONE)]);

  expect(writes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(cas.list().map(({ name }) => name)).toEqual(['a']);
});
