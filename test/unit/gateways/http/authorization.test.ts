// Goal: no call is open to a policy that must not make it, and none is closed to one that may.
// Method: a table of every route and the policies allowed on it; each is called with a token of each policy, the five of every hub and one of
// our own for each permission, and with tokens that are no good.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_POLICIES, PERMISSIONS } from '../../../../src/domain/access/policy.ts';
import { allRoutes } from '../../../../src/gateways/http/app.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { sasToken } from '../../../support/test-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

/** Behaviour 2.5 and live facts. `undefined`: no sign-in. */
const ALLOWED: Readonly<Record<string, readonly string[] | undefined>> = {
  'GET /devices': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'POST /devices': ['iothubowner', 'registryReadWrite'],
  'GET /devices/:deviceId': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'PUT /devices/:deviceId': ['iothubowner', 'registryReadWrite', 'own-RegistryWrite'],
  'DELETE /devices/:deviceId': ['iothubowner', 'registryReadWrite', 'own-RegistryWrite'],
  'GET /statistics/devices': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'GET /statistics/service': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'GET /twins/:deviceId': ['iothubowner', 'service'],
  'PATCH /twins/:deviceId': ['iothubowner', 'service'],
  'PUT /twins/:deviceId': ['iothubowner', 'service'],
  'POST /devices/query': ['iothubowner', 'service'],
  'POST /twins/:deviceId/methods': ['iothubowner', 'service'],
  'PUT /jobs/v2/:jobId': ['iothubowner', 'service', 'registryReadWrite'],
  'GET /jobs/v2/:jobId': ['iothubowner', 'service', 'registryReadWrite'],
  'POST /jobs/v2/:jobId/cancel': ['iothubowner', 'service', 'registryReadWrite'],
  'GET /jobs/v2/query': ['iothubowner', 'service', 'registryReadWrite'],
  'POST /hub/jobs/:jobId/cancel': ['iothubowner', 'service', 'registryReadWrite'],
  'GET /hub/health/live': undefined,
  'GET /hub/health/ready': undefined,
  'GET /hub/audit': ['iothubowner'],
  'GET /hub/policies': ['iothubowner'],
  'GET /hub/policies/:name': ['iothubowner'],
  'PUT /hub/policies/:name': ['iothubowner'],
  'DELETE /hub/policies/:name': ['iothubowner'],
  'POST /hub/policies/:name/rotate': ['iothubowner'],
  'GET /hub/status': ['iothubowner', 'service', 'registryRead', 'registryReadWrite'],
};

/** Three permissions alone are what a default policy has; RegistryWrite alone stands in the table. */
const SAME_AS: Readonly<Record<string, string>> = {
  'own-RegistryRead': 'registryRead',
  'own-ServiceConnect': 'service',
  'own-DeviceConnect': 'device',
};
const POLICIES = [...Object.keys(DEFAULT_POLICIES), ...PERMISSIONS.map((permission) => `own-${permission}`)];

const SIGNED_IN = Object.entries(ALLOWED).flatMap(([call, policies]) => (policies ? [{ call, policies }] : []));
const OPEN = Object.keys(ALLOWED).filter((call) => !ALLOWED[call]);

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
  for (const permission of PERMISSIONS) {
    const spec = { name: `own-${permission}`, permissions: [permission], keys: undefined };
    await api.hub.policies.put(spec, { kind: 'none' }, SOMEONE);
  }
});
afterAll(() => api[Symbol.asyncDispose]());

/** @param call method and path pattern. @param authorization null: none. */
function make(call: string, authorization: string | null): Promise<Answer> {
  const [method = '', pattern = ''] = call.split(' ');
  return api.call({
    method,
    path: pattern.replace(':deviceId', 'lamp').replace(':jobId', 'job').replace(':name', 'service'),
    authorization,
  });
}

function keyOf(policyName: string): string {
  return api.hub.policies.find(policyName)?.keys.primaryKey ?? '';
}

test('The table names every route.', () => {
  const routes = allRoutes(api.hub, '1.2.3').map(({ method, path }) => `${method} ${path}`);

  expect(routes.toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
});

describe.each(SIGNED_IN)('$call', ({ call, policies }) => {
  test.each(POLICIES)('treats policy %s as the table says.', async (policyName) => {
    const allowed = policies.includes(SAME_AS[policyName] ?? policyName);

    const { status, headers } = await make(call, sasToken({ key: keyOf(policyName), resource: 'localhost', policyName }));

    expect({ refused: status === 401, errorCode: status === 401 ? headers['iothub-errorcode'] : undefined }).toEqual({
      refused: !allowed,
      errorCode: allowed ? undefined : 'IotHubUnauthorizedAccess',
    });
  });

  test('is refused without a token.', async () => {
    const { status, json } = await make(call, null);

    expect(status).toBe(401);
    expect(json.Message).toBe('ErrorCode:GenericUnauthorized;Authorization header missing.');
  });

  test('is refused with a Bearer token, in a sentence that says why.', async () => {
    const { status, json } = await make(call, 'Bearer eyJhbGciOi.eyJzdWIi.c2ln');

    expect(status).toBe(401);
    expect(json.Message).toMatch(/^ErrorCode:GenericUnauthorized;Bearer tokens are not supported/);
  });

  test.each([
    ['that is garbage', () => 'SharedAccessSignature nonsense'],
    ['of another scheme', () => 'Basic dXNlcjpwYXNz'],
    ['that has expired', () => ownersToken({ expirySeconds: Math.floor(api.clock.nowMs() / 1000) })],
    ['for another host', () => ownersToken({ resource: 'other.example.com' })],
    ['for another path', () => ownersToken({ resource: 'localhost%2Fdevices%2Fother' })],
    ['signed with the key of another policy', () => ownersToken({ key: keyOf('device') })],
    ['that names no policy', () => sasToken({ key: keyOf('iothubowner'), resource: 'localhost' })],
    ['of a policy that does not exist', () => ownersToken({ policyName: 'admin' })],
  ])('is refused with a token %s.', async (_, token) => {
    const { status, headers } = await make(call, token());

    expect(status).toBe(401);
    expect(headers['iothub-errorcode']).toBe('IotHubUnauthorizedAccess');
  });

  test('takes the secondary key, and a token that expires a second from this moment.', async () => {
    const secondary = api.hub.policies.find('iothubowner')?.keys.secondaryKey ?? '';

    const { status } = await make(call, ownersToken({ key: secondary, expirySeconds: Math.floor(api.clock.nowMs() / 1000) + 1 }));

    expect(status).not.toBe(401);
  });
});

describe.each(OPEN)('%s', (call) => {
  test('needs no token, and a bad one does not matter.', async () => {
    expect(await make(call, null)).toMatchObject({ status: 200 });
    expect(await make(call, 'SharedAccessSignature nonsense')).toMatchObject({ status: 200 });
  });
});

test('A token may be for the one device it is used on.', async () => {
  await api.createDevice('scoped');
  const token = ownersToken({ resource: 'localhost%2Ftwins%2Fscoped' });

  const own = await api.call({ path: '/twins/scoped', authorization: token });
  const other = await api.call({ path: '/twins/scoped2', authorization: token });

  expect([own.status, other.status]).toEqual([200, 401]);
});

function ownersToken(parts: Partial<Parameters<typeof sasToken>[0]>): string {
  return sasToken({ key: keyOf('iothubowner'), resource: 'localhost', policyName: 'iothubowner', ...parts });
}
