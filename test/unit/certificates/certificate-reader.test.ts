// What the hub reads from certificates that it did not make, and whose signatures it believes.
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCertificateReader } from '../../../src/certificates/certificate-reader.ts';
import { CLIENT_AUTH, factsOf, makeCa, makeCertificate, makeClient, SERVER_AUTH } from '../../support/certificates.ts';

const reader = createCertificateReader();

async function read(der: Uint8Array): ReturnType<typeof reader.read> {
  return reader.read(reader.identify(der));
}

describe('The facts of a certificate', () => {
  test('of a CA are its names, its times, its fingerprints and what it may do.', async () => {
    const fromMs = Date.UTC(2026, 0, 1);
    const toMs = Date.UTC(2036, 0, 1);
    const ca = await makeCa('factory', { pathLength: 2, fromMs, toMs, usages: ['keyCertSign', 'digitalSignature', 'keyEncipherment'] });

    expect(await factsOf(ca)).toEqual({
      der: ca.der,
      sha1: ca.sha1,
      sha256: ca.sha256,
      validFromMs: fromMs,
      validToMs: toMs,
      subject: 'CN=factory',
      commonName: 'factory',
      isCa: true,
      pathLength: 2,
      keyUsages: ['digitalSignature', 'keyCertSign'],
      extendedKeyUsages: undefined,
      unknownCritical: [],
    });
    expect(ca.sha1).toMatch(/^[0-9A-F]{40}$/);
    expect(ca.sha256).toMatch(/^[0-9A-F]{64}$/);
  });

  test('of one without extensions are those that it has.', async () => {
    expect(await factsOf(await makeCertificate({ commonName: 'plain' }))).toMatchObject({
      isCa: false,
      pathLength: undefined,
      keyUsages: undefined,
      extendedKeyUsages: undefined,
    });
  });

  test('name purposes by their numbers, also those that nobody knows, and critical extensions that are not obeyed.', async () => {
    const purposes = [SERVER_AUTH, CLIENT_AUTH, '1.2.3.4'];
    const strange = await makeCertificate({ commonName: 'x', purposes, critical: ['2.5.29.30', '1.2.3'] });

    expect(await factsOf(strange)).toMatchObject({ extendedKeyUsages: purposes, unknownCritical: ['2.5.29.30', '1.2.3'] });
  });

  test.each(['lamp', 'a+b,c="d"\\e;f', 'lamp/module', 'ключ', 'x'.repeat(128)])('have the common name %j as it is.', async (commonName) => {
    expect((await factsOf(await makeCertificate({ commonName }))).commonName).toBe(commonName);
  });

  test('have no common name where there are two, so that nobody chooses among them.', async () => {
    expect((await factsOf(await makeCertificate({ commonName: 'lamp', otherNames: ['door'] }))).commonName).toBeUndefined();
  });

  test('show a subject on one line, whatever stands in it.', async () => {
    const { subject } = await factsOf(await makeCertificate({ commonName: 'a\nb\0c\u001b[31m', otherNames: ['d'] }));

    expect(subject).not.toMatch(/\p{Cc}/u);
    expect(subject).toContain('CN=d');
  });

  test('are those of the certificate alone, whatever follows it.', async () => {
    const { der } = await makeCa('factory');

    const facts = await read(Buffer.concat([der, Buffer.from('and more')]));

    expect(Buffer.from(facts.der)).toEqual(der);
  });

  test.each([
    ['nothing', () => Buffer.alloc(0)],
    ['zeros', () => Buffer.alloc(1000)],
    ['words', () => Buffer.from('no certificate')],
    ['half of one', (der: Buffer) => der.subarray(0, der.length / 2)],
    ['one whose names are garbage', (der: Buffer) => Buffer.from(der).fill(0xff, 30, 80)],
  ])('of %s are refused.', async (_, change) => {
    const { der } = await makeCa('factory');

    await expect(read(change(der))).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  });
});

describe('A certificate is issued by', () => {
  test('the CA whose key signed it, and by no other of the same name.', async () => {
    const [ca, impostor] = [await makeCa('factory'), await makeCa('factory')];
    const lamp = await factsOf(await makeClient('lamp', ca));

    expect(reader.isIssuedBy(lamp, await factsOf(ca))).toBe(true);
    expect(reader.isIssuedBy(lamp, await factsOf(impostor))).toBe(false);
  });

  test('nobody, when one byte of it was changed.', async () => {
    const ca = await makeCa('factory');
    const lamp = await makeClient('lampenschirm', ca);
    const changed = Buffer.from(lamp.der);
    changed.write('lampenschutz', changed.indexOf('lampenschirm'));

    const facts = await read(changed);

    expect(facts.commonName).toBe('lampenschutz');
    expect(reader.isIssuedBy(facts, await factsOf(ca))).toBe(false);
  });

  test('nobody whom it does not name, although that key signed it.', async () => {
    const ca = await makeCa('factory');
    const renamed = await makeCa('other', {});

    const lamp = await factsOf(await makeClient('lamp', { ...ca, der: renamed.der }));

    expect(reader.isIssuedBy(lamp, await factsOf(ca))).toBe(false);
  });

  test('nobody whose key cannot be read, and that ends nothing.', async () => {
    const ca = await makeCa('factory');
    const lamp = await factsOf(await makeClient('lamp', ca));
    const broken = Buffer.from(ca.der);
    // The point of the public key, which begins with 4 for its form.
    const point = Buffer.from(new X509Certificate(ca.der).publicKey.export({ type: 'spki', format: 'der' })).subarray(-65);
    broken.writeUInt8(9, broken.indexOf(point));

    expect(reader.isIssuedBy(lamp, await read(broken))).toBe(false);
  });
});
