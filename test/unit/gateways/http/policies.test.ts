// Shared access policies over HTTP: read, create, change, rotate and delete.
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { keysOf } from '../../../support/store-builders.ts';
import { sasToken } from '../../../support/test-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

const OWN = '/hub/policies/own';
const SPEC = { permissions: ['RegistryRead', 'ServiceConnect'] };

function create(api: HttpApi, body: unknown = SPEC): Promise<Answer> {
  return api.call({ method: 'PUT', path: OWN, body });
}

function rotate(api: HttpApi, key: string): Promise<Answer> {
  return api.call({ method: 'POST', path: `${OWN}/rotate`, body: { key } });
}

describe('A GET', () => {
  test('of the list shows each policy with its keys and permissions.', async () => {
    await using api = await openHttpApi();

    const { status, json, headers } = await api.call({ path: '/hub/policies?' });

    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(json).toEqual(
      api.hub.policies.list().map(({ name, keys, permissions }) => ({
        name,
        primaryKey: keys.primaryKey,
        secondaryKey: keys.secondaryKey,
        permissions,
      })),
    );
  });

  test('of one finds it by its name, and answers 404 with those there are for another.', async () => {
    await using api = await openHttpApi();

    const found = await api.call({ path: '/hub/policies/service' });
    const missing = await api.call({ path: '/hub/policies/admin' });

    expect(found).toMatchObject({ status: 200, json: { name: 'service', permissions: ['ServiceConnect'] } });
    expect(missing.status).toBe(404);
    expect(missing.json.Message).toBe(
      "ErrorCode:GenericNotFound;There is no policy 'admin'. The policies are device, iothubowner, registryRead, registryReadWrite, service.",
    );
  });
});

describe('A PUT', () => {
  test('creates a policy that signs in at once.', async () => {
    await using api = await openHttpApi();
    await api.createDevice('lamp');

    const { status, json } = await create(api);
    const use = await api.call({ path: '/twins/lamp', policy: 'own' });

    expect(status).toBe(200);
    expect(json).toMatchObject({ name: 'own', ...SPEC });
    expect(Buffer.from(json.primaryKey, 'base64')).toHaveLength(LIMITS.keyGeneratedBytes.value);
    expect(use.status).toBe(200);
  });

  test('takes keys, and a policy that is sent back with If-Match: * changes nothing.', async () => {
    await using api = await openHttpApi();

    const created = await create(api, { ...SPEC, ...keysOf('k') });
    const sentBack = await api.call({ method: 'PUT', path: OWN, body: created.json, ifMatch: '*' });

    expect(created.json).toMatchObject(keysOf('k'));
    expect(sentBack).toMatchObject({ status: 200, json: created.json });
  });

  test('takes permissions away from the next request on.', async () => {
    await using api = await openHttpApi();
    await api.createDevice('lamp');
    await create(api);
    const before = await api.call({ path: '/twins/lamp', policy: 'own' });

    await api.call({ method: 'PUT', path: OWN, body: { permissions: ['RegistryRead'] }, ifMatch: '*' });
    const after = await api.call({ path: '/twins/lamp', policy: 'own' });

    expect([before.status, after.status]).toEqual([200, 401]);
  });

  test.each([
    ['twice', {}, '409 GenericConflict'],
    ['with an etag', { ifMatch: '"x"' }, '412 PreconditionFailed'],
    ['without a body', { body: undefined }, '400 ArgumentNull'],
    ['with a permission that does not exist', { body: { permissions: ['All'] } }, '400 ArgumentInvalid'],
    ['under a name with a space', { path: '/hub/policies/a%20b' }, '400 ArgumentInvalid'],
    ['to change one that does not exist', { path: '/hub/policies/other', ifMatch: '*' }, '404 GenericNotFound'],
    ['to change what a default policy may do', { path: '/hub/policies/device', ifMatch: '*' }, '409 GenericConflict'],
  ])('%s is refused.', async (_, call, refusal) => {
    await using api = await openHttpApi();
    await create(api);

    const { status, headers } = await api.call({ method: 'PUT', path: OWN, body: SPEC, ...call });

    expect(`${status} ${String(headers['iothub-errorcode'])}`).toBe(refusal);
  });

  test('has a body of 4 KiB at most.', async () => {
    await using api = await openHttpApi();
    const body = (bytes: number): string => JSON.stringify(SPEC).padEnd(bytes);

    const last = await api.call({ method: 'PUT', path: OWN, bytes: body(LIMITS.policyBodyBytes.value) });
    const tooLarge = await api.call({ method: 'PUT', path: OWN, bytes: body(LIMITS.policyBodyBytes.value + 1) });

    expect([last.status, tooLarge.status]).toEqual([200, 413]);
  });
});

describe('A rotation', () => {
  test('refuses tokens of the old key from the next request on, and takes those of the new and of the other one.', async () => {
    await using api = await openHttpApi();
    await api.createDevice('lamp');
    const { json: old } = await create(api);
    const withKey = async (key: string): Promise<number> => {
      const authorization = sasToken({ key, resource: 'localhost', policyName: 'own' });
      return (await api.call({ path: '/twins/lamp', authorization })).status;
    };
    const before = [await withKey(old.primaryKey), await withKey(old.secondaryKey)];

    const { status, json } = await rotate(api, 'primary');
    const after = [await withKey(old.primaryKey), await withKey(old.secondaryKey), await withKey(json.primaryKey)];

    expect(status).toBe(200);
    expect(json).toMatchObject({ name: 'own', ...SPEC, secondaryKey: old.secondaryKey });
    expect([before, after]).toEqual([
      [200, 200],
      [401, 200, 200],
    ]);
  });

  test('of the policy that asks for it is answered, with the new key.', async () => {
    await using api = await openHttpApi();

    const first = await api.call({ method: 'POST', path: '/hub/policies/iothubowner/rotate', body: { key: 'both' } });
    const next = await api.call({ path: '/hub/policies/iothubowner' });

    expect(first.status).toBe(200);
    expect(next.json).toEqual(first.json);
  });

  test('of something else is refused.', async () => {
    await using api = await openHttpApi();
    await create(api);

    const unknownKey = await rotate(api, 'tertiary');
    const unknownPolicy = await api.call({ method: 'POST', path: '/hub/policies/x/rotate', body: { key: 'both' } });

    expect([unknownKey.status, unknownPolicy.status]).toEqual([400, 404]);
  });
});

describe('A DELETE', () => {
  test('ends a policy and its tokens, and leaves those of every hub alone.', async () => {
    await using api = await openHttpApi();
    const { json } = await create(api);
    const authorization = sasToken({ key: json.primaryKey, resource: 'localhost', policyName: 'own' });

    const before = await api.call({ path: '/hub/status?', authorization });
    const deleted = await api.call({ method: 'DELETE', path: OWN });
    const after = await api.call({ path: '/hub/status?', authorization });
    const again = await api.call({ method: 'DELETE', path: OWN });
    const standing = await api.call({ method: 'DELETE', path: '/hub/policies/service' });

    expect([before, deleted, after, again, standing].map(({ status }) => status)).toEqual([200, 204, 401, 404, 409]);
  });
});

test('Every write is in the audit, by the policy that asked and from where, without a key.', async () => {
  await using api = await openHttpApi();
  const { json } = await create(api);

  await api.call({ method: 'POST', path: `${OWN}/rotate`, body: { key: 'secondary' }, source: '192.0.2.9' });
  const audit = await api.call({ path: '/hub/audit?target=own' });

  expect(audit.json).toMatchObject([
    { action: 'policy.rotate', target: 'own', policy: 'iothubowner', source: '192.0.2.9', detail: 'secondary key' },
    { action: 'policy.create', target: 'own', detail: 'RegistryRead, ServiceConnect' },
  ]);
  expect(audit.text).not.toContain(json.primaryKey);
});
