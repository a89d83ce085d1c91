// CA certificates over HTTP: upload, proof of possession, read and delete.
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { type Made, makeCa, makeClient } from '../../../support/certificates.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

const OWN = '/hub/certificates/own';

/** Certificates that are valid by the clock of the hub under test. */
function times({ clock }: HttpApi): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: clock.nowMs() - 60_000, toMs: clock.nowMs() + 60_000 };
}

async function upload(api: HttpApi): Promise<{ readonly ca: Made; readonly answer: Answer }> {
  const ca = await makeCa('factory', times(api));
  return { ca, answer: await api.call({ method: 'PUT', path: OWN, body: { certificate: ca.certPem } }) };
}

test('A CA is uploaded, verified, read, listed and deleted.', async () => {
  await using api = await openHttpApi();

  const { ca, answer: created } = await upload(api);
  const asked = await api.call({ method: 'POST', path: `${OWN}/verification-code` });
  const proof = await makeClient(asked.json.verificationCode, ca, times(api));
  const verified = await api.call({ method: 'POST', path: `${OWN}/verify`, body: { certificate: proof.certPem } });
  const shown = await api.call({ path: OWN });
  const listed = await api.call({ path: '/hub/certificates' });
  const deleted = await api.call({ method: 'DELETE', path: OWN });
  const after = await api.call({ path: OWN });

  expect(created).toMatchObject({ status: 200, headers: { etag: `"${created.json.etag}"` } });
  expect(created.json).toEqual({
    name: 'own',
    subject: 'CN=factory',
    thumbprint: ca.sha1,
    expiry: new Date(times(api).toMs).toISOString(),
    isVerified: false,
    verificationCode: null,
    created: new Date(api.clock.nowMs()).toISOString(),
    updated: new Date(api.clock.nowMs()).toISOString(),
    etag: created.json.etag,
    certificate: ca.der.toString('base64'),
  });
  expect(asked.json).toEqual({ ...created.json, verificationCode: expect.stringMatching(/^[0-9A-F]{48}$/), etag: asked.json.etag });
  expect(verified).toMatchObject({ status: 200, json: { isVerified: true, verificationCode: null } });
  expect(new Set([created, asked, verified].map(({ json }) => json.etag)).size).toBe(3);
  expect(shown.json).toEqual(verified.json);
  expect(listed).toMatchObject({ status: 200, json: [verified.json] });
  expect([deleted.status, after.status]).toEqual([204, 404]);
  expect(after.json.Message).toBe("ErrorCode:CertificateNotFound;There is no CA certificate 'own'.");
});

test('An operator may vouch for a CA without a proof, and take that back.', async () => {
  await using api = await openHttpApi();
  const certificate = (await makeCa('factory', times(api))).der.toString('base64');

  const created = await api.call({ method: 'PUT', path: OWN, body: { certificate, isVerified: true } });
  const sentBack = await api.call({ method: 'PUT', path: OWN, body: created.json, ifMatch: created.json.etag });
  const taken = await api.call({ method: 'PUT', path: OWN, body: { certificate, isVerified: false }, ifMatch: '*' });

  expect([created, sentBack, taken].map(({ status, json }) => [status, json.isVerified])).toEqual([
    [200, true],
    [200, true],
    [200, false],
  ]);
});

describe('A write is refused', () => {
  test.each([
    ['PUT', { path: OWN }, '409 GenericConflict'],
    ['PUT', { path: '/hub/certificates/copy' }, '409 GenericConflict'],
    ['PUT', { path: OWN, ifMatch: '"old"' }, '412 PreconditionFailed'],
    ['PUT', { path: '/hub/certificates/other', ifMatch: '*' }, '404 CertificateNotFound'],
    ['PUT', { path: '/hub/certificates/a%20b' }, '400 ArgumentInvalid'],
    ['PUT', { path: '/hub/certificates/new', body: undefined }, '400 ArgumentNull'],
    ['PUT', { path: '/hub/certificates/new', body: { certificate: 'AAEC' } }, '400 ArgumentInvalid'],
    ['POST', { path: '/hub/certificates/other/verification-code' }, '404 CertificateNotFound'],
    ['POST', { path: `${OWN}/verification-code`, ifMatch: '"old"' }, '412 PreconditionFailed'],
    ['POST', { path: `${OWN}/verify` }, '409 GenericConflict'],
    ['POST', { path: `${OWN}/verify`, body: { certificate: 'AAEC' } }, '400 ArgumentInvalid'],
    ['DELETE', { path: '/hub/certificates/other' }, '404 CertificateNotFound'],
    ['DELETE', { path: OWN, ifMatch: '"old"' }, '412 PreconditionFailed'],
  ])('as %s with %j: %s.', async (method, call, refusal) => {
    await using api = await openHttpApi();
    const { ca } = await upload(api);

    const { status, headers } = await api.call({ method, body: { certificate: ca.certPem }, ...call });

    expect(`${status} ${String(headers['iothub-errorcode'])}`).toBe(refusal);
  });

  test('of a certificate that is not that of a CA.', async () => {
    await using api = await openHttpApi();
    const lamp = await makeClient('lamp', undefined, times(api));

    const { status, json } = await api.call({ method: 'PUT', path: OWN, body: { certificate: lamp.certPem } });

    expect(status).toBe(400);
    expect(json.Message).toBe(
      "ErrorCode:ArgumentInvalid;The certificate of 'CN=lamp' is not that of a CA: its basic constraints do not say so.",
    );
  });

  test('whose body is longer than 48 KiB.', async () => {
    await using api = await openHttpApi();
    const body = JSON.stringify({ certificate: (await makeCa('factory', times(api))).certPem });
    const put = (bytes: number): Promise<Answer> => api.call({ method: 'PUT', path: OWN, bytes: body.padEnd(bytes) });

    const tooLarge = await put(LIMITS.caCertificateBodyBytes.value + 1);
    const last = await put(LIMITS.caCertificateBodyBytes.value);

    expect([tooLarge.status, last.status]).toEqual([413, 200]);
  });
});

test('Every write is in the audit, by the policy that asked and from where.', async () => {
  await using api = await openHttpApi();
  const { ca, answer } = await upload(api);

  await api.call({ method: 'DELETE', path: OWN, source: '192.0.2.9' });
  const audit = await api.call({ path: '/hub/audit?action=certificate.' });

  expect(audit.json).toMatchObject([
    { action: 'certificate.delete', target: 'own', policy: 'iothubowner', source: '192.0.2.9', before: answer.json.etag },
    { action: 'certificate.create', target: 'own', after: answer.json.etag, detail: ca.sha1 },
  ]);
});
