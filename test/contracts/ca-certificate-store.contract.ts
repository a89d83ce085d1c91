// What every store of CA certificates must do. Goal: prove each statement of the port. Method: certificates written, read back.
import { expect, test } from 'vitest';
import type { CaCertificateCommand, CaCertificateWrite, CaUpload } from '../../src/domain/certificate/ca-certificate-write.ts';
import type { CaCertificate } from '../../src/domain/certificate/ca-certificate.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { SOMEONE } from '../support/actors.ts';
import { NOON, timeAt, WHOLE_AUDIT } from '../support/store-builders.ts';
import { type NewPlace, openNewStore } from '../support/store-place.ts';

export function describeCaCertificateStore(newPlace: NewPlace): void {
  test('A new store has no CA certificates.', async () => {
    const { caCertificates } = await openNewStore(newPlace);

    expect(await caCertificates.listCaCertificates()).toEqual([]);
  });

  test('Certificates read back as they were written, in code-point order of their names.', async () => {
    const { caCertificates } = await openNewStore(newPlace);
    // U+FF61 comes before U+1D49C as a code point, but after it as UTF-16.
    const names = ["'", 'A', 'Z', '__proto__', 'a', 'é', '\uff61', '\u{1d49c}'];

    for (const name of names.toReversed()) await caCertificates.writeCaCertificate(create(name));

    expect(await caCertificates.listCaCertificates()).toEqual(names.map((name) => newCa(name)));
  });

  test('A write is decided by the rule, answers what it came to, and reads back at once.', async () => {
    const { caCertificates } = await openNewStore(newPlace);
    const at = timeAt(800);
    const write = (command: CaCertificateCommand): CaCertificateWrite => ({ ...command, at, by: SOMEONE });

    const created = await caCertificates.writeCaCertificate(create('own'));
    const asked = await caCertificates.writeCaCertificate(
      write({ kind: 'askCode', name: 'own', precondition: ANY, code: 'CODE', etag: '2' }),
    );
    const kept = await caCertificates.listCaCertificates();
    const proof = { issuer: newCa('own').certificate, commonName: 'CODE' };
    const verified = await caCertificates.writeCaCertificate(write({ kind: 'verify', name: 'own', precondition: ANY, proof, etag: '3' }));
    const replacement: CaCertificateCommand = {
      kind: 'put',
      name: 'own',
      upload: uploadOf('other'),
      precondition: ANY,
      isVerified: true,
      etag: '4',
    };
    const replaced = await caCertificates.writeCaCertificate(write(replacement));

    const withCode = { ...newCa('own'), verificationCode: 'CODE', etag: '2', updatedTime: at };
    const afterProof = { ...withCode, verificationCode: null, isVerified: true, etag: '3' };
    const other = { ...afterProof, ...uploadOf('other'), etag: '4' };
    expect(created).toEqual({ kind: 'created', before: undefined, ca: newCa('own') });
    expect(asked).toEqual({ kind: 'codeGiven', before: newCa('own'), ca: withCode });
    expect(kept).toEqual([withCode]);
    expect(verified).toEqual({ kind: 'verified', before: withCode, ca: afterProof });
    expect(replaced).toEqual({ kind: 'updated', before: afterProof, ca: other });
    expect(await caCertificates.listCaCertificates()).toEqual([other]);
    expect(await caCertificates.writeCaCertificate(write({ kind: 'delete', name: 'own', precondition: ANY }))).toMatchObject({ ca: other });
    expect(await caCertificates.listCaCertificates()).toEqual([]);
  });

  test('A refused write changes nothing, is in no audit, and stops none beside it.', async () => {
    const { caCertificates, audit } = await openNewStore(newPlace);

    const writes = await Promise.allSettled(
      [create('a'), create('a'), create('b')].map((write) => caCertificates.writeCaCertificate(write)),
    );

    expect(writes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(writes[1]).toMatchObject({ reason: { code: 'GenericConflict' } });
    expect((await caCertificates.listCaCertificates()).map(({ name }) => name)).toEqual(['a', 'b']);
    expect((await audit.readAudit(WHOLE_AUDIT)).entries.map(({ target }) => target)).toEqual(['b', 'a']);
  });

  test('The limit holds among writes at the same time.', async () => {
    const { caCertificates } = await openNewStore(newPlace);
    const names = Array.from({ length: LIMITS.caCertificates.value + 4 }, (_, index) => `own-${index}`);

    const writes = await Promise.allSettled(names.map((name) => caCertificates.writeCaCertificate(create(name))));

    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(LIMITS.caCertificates.value);
    expect(await caCertificates.listCaCertificates()).toHaveLength(LIMITS.caCertificates.value);
  });

  test('Each write is in the audit, with who did it, the etags, the certificate, and whether devices may sign in by it from there on.', async () => {
    const { caCertificates, audit } = await openNewStore(newPlace);
    const proof = { issuer: newCa('own').certificate, commonName: 'CODE' };

    await caCertificates.writeCaCertificate(create('own'));
    await caCertificates.writeCaCertificate({ ...BY, kind: 'askCode', name: 'own', precondition: ANY, code: 'CODE', etag: '2' });
    await caCertificates.writeCaCertificate({ ...BY, kind: 'verify', name: 'own', precondition: ANY, proof, etag: '3' });
    await caCertificates.writeCaCertificate({ ...create('own'), precondition: ANY, etag: '4' });
    await caCertificates.writeCaCertificate({ ...BY, kind: 'delete', name: 'own', precondition: ANY });
    const { entries } = await audit.readAudit(WHOLE_AUDIT);

    const common = { ...BY, target: 'own', sequence: expect.any(Number), detail: 'thumbprint-own' };
    expect(entries.toReversed()).toEqual([
      { ...common, action: 'certificate.create', before: null, after: '1' },
      { ...common, action: 'certificate.code', before: '1', after: '2' },
      { ...common, action: 'certificate.verify', before: '2', after: '3', detail: 'thumbprint-own, verified' },
      { ...common, action: 'certificate.update', before: '3', after: '4' },
      { ...common, action: 'certificate.delete', before: '4', after: null },
    ]);
  });
}

const BY = { at: NOON, by: SOMEONE };
const ANY = { kind: 'any' } as const;

function uploadOf(name: string): CaUpload {
  return { certificate: `certificate-${name}`, subject: `CN=${name}`, thumbprint: `thumbprint-${name}`, expiryTime: timeAt(10_000) };
}

type Put = Extract<CaCertificateWrite, { readonly kind: 'put' }>;

function create(name: string): Put {
  return { ...BY, kind: 'put', name, upload: uploadOf(name), precondition: { kind: 'none' }, isVerified: undefined, etag: '1' };
}

function newCa(name: string): CaCertificate {
  return { name, etag: '1', ...uploadOf(name), isVerified: false, verificationCode: null, createdTime: NOON, updatedTime: NOON };
}
