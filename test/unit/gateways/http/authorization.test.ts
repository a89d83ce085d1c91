// Goal: no call is open to a policy that must not make it, and none is closed to one that may.
// Method: a table of every route and the policies allowed on it; each is called with a token of each policy, the five of every hub and one of
// our own for each permission, and with tokens that are no good.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_POLICIES, PERMISSIONS } from '../../../../src/domain/access/policy.ts';
import { allRoutes } from '../../../../src/gateways/http/app.ts';
import { parseDeviceSpec } from '../../../../src/domain/identity/parse-device-spec.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { sasToken } from '../../../support/test-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';
import { sasKeys } from '../../../support/identities.ts';

/** Behaviour 2.5 and live facts. `undefined`: no sign-in. */
const ALLOWED: Readonly<Record<string, readonly string[] | undefined>> = {
  'GET /devices': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'POST /devices': ['iothubowner', 'registryReadWrite'],
  'GET /devices/:deviceId': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'PUT /devices/:deviceId': ['iothubowner', 'registryReadWrite', 'own-RegistryWrite'],
  'DELETE /devices/:deviceId': ['iothubowner', 'registryReadWrite', 'own-RegistryWrite'],
  'GET /devices/:deviceId/modules': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'GET /devices/:deviceId/modules/:moduleId': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'PUT /devices/:deviceId/modules/:moduleId': ['iothubowner', 'registryReadWrite', 'own-RegistryWrite'],
  'DELETE /devices/:deviceId/modules/:moduleId': ['iothubowner', 'registryReadWrite', 'own-RegistryWrite'],
  'POST /devices/:deviceId/messages/events': ['iothubowner', 'device'],
  'GET /devices/:deviceId/messages/devicebound': ['iothubowner', 'device'],
  'DELETE /devices/:deviceId/messages/devicebound/:lockToken': ['iothubowner', 'device'],
  'POST /devices/:deviceId/messages/devicebound/:lockToken/abandon': ['iothubowner', 'device'],
  'GET /devices/:deviceId/messages/deviceBound': ['iothubowner', 'device'],
  'DELETE /devices/:deviceId/messages/deviceBound/:lockToken': ['iothubowner', 'device'],
  'POST /devices/:deviceId/messages/deviceBound/:lockToken/abandon': ['iothubowner', 'device'],
  'GET /statistics/devices': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'GET /statistics/service': ['iothubowner', 'registryRead', 'registryReadWrite'],
  'GET /twins/:deviceId': ['iothubowner', 'service'],
  'PATCH /twins/:deviceId': ['iothubowner', 'service'],
  'PUT /twins/:deviceId': ['iothubowner', 'service'],
  'GET /twins/:deviceId/modules/:moduleId': ['iothubowner', 'service'],
  'PATCH /twins/:deviceId/modules/:moduleId': ['iothubowner', 'service'],
  'PUT /twins/:deviceId/modules/:moduleId': ['iothubowner', 'service'],
  'POST /devices/query': ['iothubowner', 'service'],
  'POST /hub/queries/explain': ['iothubowner', 'service'],
  'GET /hub/queries/scans': ['iothubowner', 'service'],
  'POST /hub/queries/live': ['iothubowner', 'service'],
  'POST /twins/:deviceId/methods': ['iothubowner', 'service'],
  'GET /digitaltwins/:id': ['iothubowner', 'service'],
  'PATCH /digitaltwins/:id': ['iothubowner', 'service'],
  'POST /digitaltwins/:id/commands/:command': ['iothubowner', 'service'],
  'POST /digitaltwins/:id/components/:component/commands/:command': ['iothubowner', 'service'],
  'POST /twins/:deviceId/modules/:moduleId/methods': ['iothubowner', 'service'],
  'PUT /jobs/v2/:jobId': ['iothubowner', 'service', 'registryReadWrite'],
  'GET /jobs/v2/:jobId': ['iothubowner', 'service', 'registryReadWrite'],
  'POST /jobs/v2/:jobId/cancel': ['iothubowner', 'service', 'registryReadWrite'],
  'GET /jobs/v2/query': ['iothubowner', 'service', 'registryReadWrite'],
  'POST /hub/jobs/:jobId/cancel': ['iothubowner', 'service', 'registryReadWrite'],
  'GET /hub/health/live': undefined,
  'GET /hub/health/ready': undefined,
  'GET /hub/audit': ['iothubowner'],
  'GET /hub/indexes': ['iothubowner'],
  'GET /hub/indexes/:path': ['iothubowner'],
  'PUT /hub/indexes/:path': ['iothubowner'],
  'DELETE /hub/indexes/:path': ['iothubowner'],
  'GET /hub/policies': ['iothubowner'],
  'GET /hub/policies/:name': ['iothubowner'],
  'PUT /hub/policies/:name': ['iothubowner'],
  'DELETE /hub/policies/:name': ['iothubowner'],
  'POST /hub/policies/:name/rotate': ['iothubowner'],
  'GET /hub/metrics': ['iothubowner', 'service', 'registryRead', 'registryReadWrite'],
  'GET /hub/certificates': ['iothubowner'],
  'GET /hub/certificates/:name': ['iothubowner'],
  'PUT /hub/certificates/:name': ['iothubowner'],
  'DELETE /hub/certificates/:name': ['iothubowner'],
  'POST /hub/certificates/:name/verification-code': ['iothubowner'],
  'POST /hub/certificates/:name/verify': ['iothubowner'],
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
/** What a device itself may call, and in its place a policy with DeviceConnect. */
const OF_DEVICES = Object.keys(ALLOWED).filter((call) => call.includes('/messages/'));
/** Besides those, calls that are 401 also for want of a device (live facts, Modules). */
const USES_RADIO = Object.keys(ALLOWED).filter((call) => OF_DEVICES.includes(call) || call.includes('/modules'));
const OPEN = Object.keys(ALLOWED).filter((call) => !ALLOWED[call]);

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
  for (const deviceId of ['radio', 'neighbour', 'off']) await api.createDevice(deviceId);
  await api.createModule({ deviceId: 'radio', moduleId: 'dimmer' });
  await api.hub.devices.put(parseDeviceSpec('off', { status: 'disabled' }), { kind: 'any' }, SOMEONE);
  for (const permission of PERMISSIONS) {
    const spec = { name: `own-${permission}`, permissions: [permission], keys: undefined };
    await api.hub.policies.put(spec, { kind: 'none' }, SOMEONE);
  }
});
afterAll(() => api[Symbol.asyncDispose]());

/** @param call method and path pattern. @param authorization null: none. */
function make(call: string, authorization: string | null, deviceId = USES_RADIO.includes(call) ? 'radio' : 'lamp'): Promise<Answer> {
  const [method = '', pattern = ''] = call.split(' ');
  return api.call({
    method,
    path: pattern
      .replace(':deviceId', deviceId)
      .replace(':moduleId', 'dimmer')
      .replace(':lockToken', 'lock')
      .replace(':jobId', 'job')
      .replace(':name', 'service')
      .replace(':id', deviceId),
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

test('The calls of devices are those that the routes say are.', () => {
  const routes = allRoutes(api.hub, '1.2.3').filter(({ signIn }) => signIn === 'device' || signIn === 'deviceOrModule');

  expect(routes.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(OF_DEVICES.toSorted());
});

describe.each(OF_DEVICES)('%s', (call) => {
  test.each(['primaryKey', 'secondaryKey'] as const)('is open to the device itself, with its %s.', async (key) => {
    const keys = sasKeys(await api.hub.devices.get('radio'));

    expect(await make(call, deviceToken('radio', keys[key]))).toMatchObject({ status: statusFor(call) });
  });

  test.each([
    ['of another device', async () => deviceToken('neighbour', await keyOfDevice('neighbour'))],
    ['signed with the key of another device', async () => deviceToken('radio', await keyOfDevice('neighbour'))],
    ['of a module', async () => deviceToken('radio/modules/m', await keyOfDevice('radio'))],
    [
      'of the device for the whole hub, which only policies sign,',
      async () => sasToken({ key: await keyOfDevice('neighbour'), resource: 'localhost' }),
    ],
    [
      'of the device that has expired',
      async () =>
        sasToken({
          key: await keyOfDevice('radio'),
          resource: 'localhost%2Fdevices%2Fradio',
          expirySeconds: Math.floor(api.clock.nowMs() / 1000),
        }),
    ],
  ])('is closed to a token %s.', async (_, token) => {
    const { status, headers } = await make(call, await token());

    expect({ status, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 401, errorCode: 'IotHubUnauthorizedAccess' });
  });

  test('is closed to a device that is disabled or unknown, in the same words.', async () => {
    const disabled = await make(call, deviceToken('off', await keyOfDevice('off')), 'off');
    const unknown = await make(call, deviceToken('nobody', await keyOfDevice('radio')), 'nobody');

    expect([disabled.status, unknown.status]).toEqual([401, 401]);
    expect(disabled.json.Message).toBe(unknown.json.Message);
  });
});

describe.each(SIGNED_IN.filter(({ call }) => !OF_DEVICES.includes(call)))('$call', ({ call }) => {
  test('is closed to devices.', async () => {
    expect(await make(call, deviceToken('radio', await keyOfDevice('radio')), 'radio')).toMatchObject({ status: 401 });
  });
});

function deviceToken(path: string, key: string): string {
  return sasToken({ key, resource: encodeURIComponent(`localhost/devices/${path}`) });
}

async function keyOfDevice(deviceId: string): Promise<string> {
  return sasKeys(await api.hub.devices.get(deviceId)).primaryKey;
}

/** No device has a message that it could have locked. */
function statusFor(call: string): number {
  return call.includes(':lockToken') ? 412 : 204;
}

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
