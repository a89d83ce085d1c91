// Ids in paths: every character, every way to encode it, every length, on every call that has an id.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { allRoutes } from '../../../../src/gateways/http/app.ts';
import { principalOf, RecordingLink } from '../../../support/open-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
});
afterAll(() => api[Symbol.asyncDispose]());

/** Behaviour 1.2. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-:.+%_#*?!(),=@;$'";

function put(deviceId: string, body: object, ifMatch?: string): Promise<Answer> {
  return api.call({ method: 'PUT', path: `/devices/${encodeURIComponent(deviceId)}`, body, ...(ifMatch !== undefined && { ifMatch }) });
}

/** Every byte as `%xx`, with digits of one case. */
function escaped(deviceId: string, digits: 'upper' | 'lower'): string {
  const hex = deviceId.replaceAll(/./g, (character) => `%${character.charCodeAt(0).toString(16)}`);
  return digits === 'upper' ? hex.toUpperCase() : hex;
}

type Encoding = (deviceId: string) => string;

/** How clients write an id. */
const ENCODINGS: readonly (readonly [name: string, encode: Encoding])[] = [
  ['as encodeURIComponent has it', encodeURIComponent],
  ['escaped in upper case', (deviceId) => escaped(deviceId, 'upper')],
  ['escaped in lower case', (deviceId) => escaped(deviceId, 'lower')],
  ['with as little escaped as can be', (deviceId) => deviceId.replaceAll(/[%#?]/g, encodeURIComponent)],
];

describe.each(ENCODINGS)('An id with every legal character, %s,', (_, encode) => {
  test('goes through create, read, update, twin, method and delete.', async () => {
    const deviceId = ALPHABET;
    const device = `/devices/${encode(deviceId)}`;
    const twin = `/twins/${encode(deviceId)}`;

    const created = await api.call({ method: 'PUT', path: device, body: { deviceId } });
    const read = await api.call({ path: device });
    const updated = await api.call({ method: 'PUT', path: device, body: { deviceId, status: 'disabled' }, ifMatch: `"${read.json.etag}"` });
    const readTwin = await api.call({ path: twin });
    const patched = await api.call({ method: 'PATCH', path: twin, body: { tags: { a: 1 } } });
    const replaced = await api.call({ method: 'PUT', path: twin, body: { tags: { b: 2 } } });
    const method = await api.call({ method: 'POST', path: `${twin}/methods`, body: { methodName: 'reboot' } });
    const deleted = await api.call({ method: 'DELETE', path: device, ifMatch: '*' });
    const gone = await api.call({ path: device });

    const answers = [created, read, updated, readTwin, patched, replaced];
    expect(answers.map(({ status, json }) => [status, json.deviceId])).toEqual(answers.map(() => [200, deviceId]));
    expect(replaced.json.tags).toEqual({ b: 2 });
    expect(method.headers['iothub-errorcode']).toBe('DeviceNotOnline');
    expect([deleted.status, gone.status]).toEqual([204, 404]);
  });
});

test('An id with every legal character goes through a bulk call, a query and the list.', async () => {
  const body = [{ id: ALPHABET, importMode: 'create', tags: { odd: true } }];

  const { status } = await api.call({ method: 'POST', path: '/devices', body });

  const found = await api.call({ method: 'POST', path: '/devices/query', body: { query: 'SELECT deviceId FROM devices WHERE tags.odd' } });
  const listed = await api.call({ path: '/devices' });
  expect([status, found.json]).toEqual([200, [{ deviceId: ALPHABET }]]);
  expect(listed.json).toContainEqual(expect.objectContaining({ deviceId: ALPHABET }));
});

test('A method call reaches the device of that very id, and no other case of it.', async () => {
  const device = await api.createDevice("It's%2F+#");
  await api.createDevice("it's%2f+#");
  const link = new RecordingLink();
  await api.hub.connections.connect(principalOf(device), link);
  const call = (deviceId: string): Promise<Answer> =>
    api.call({
      method: 'POST',
      path: `/twins/${encodeURIComponent(deviceId)}/methods`,
      body: { methodName: 'reboot', responseTimeoutInSeconds: 5 },
    });
  link.listens = false;

  const other = await call("it's%2f+#");
  link.listens = true;
  const sent = link.nextMethod();
  const answered = call("It's%2F+#");
  await sent;
  api.clock.advance(5000);

  expect(other.headers['iothub-errorcode']).toBe('DeviceNotOnline');
  expect((await answered).headers['iothub-errorcode']).toBe('GatewayTimeout');
});

test.each(['/devices/a/b', '/devices/a%2Fb', '/devices/%20', '/devices/a%00b', '/devices/%C3%A9', '/devices/a%5Cb', '/devices/%22'])(
  'No device is created under %s.',
  async (path) => {
    const { status } = await api.call({ method: 'PUT', path, body: {} });

    expect(status).toBe(path === '/devices/a/b' ? 404 : 400);
  },
);

describe('An id of the greatest length', () => {
  const longest = '%'.repeat(LIMITS.deviceIdChars.value);

  test('goes through every call, though it is three times as long on the wire.', async () => {
    const created = await put(longest, { deviceId: longest });
    const updated = await put(longest, {}, '*');
    const twin = await api.call({ path: `/twins/${encodeURIComponent(longest)}` });
    const method = await api.call({
      method: 'POST',
      path: `/twins/${encodeURIComponent(longest)}/methods`,
      body: { methodName: 'reboot' },
    });

    expect([created, updated, twin].map(({ json }) => json.deviceId)).toEqual([longest, longest, longest]);
    expect(method.headers['iothub-errorcode']).toBe('DeviceNotOnline');
  });

  test('is one less than one that cannot be created, in neither way.', async () => {
    const tooLong = `${longest}%`;

    const alone = await put(tooLong, {});
    const inBulk = await api.call({ method: 'POST', path: '/devices', body: [{ id: tooLong, importMode: 'create' }] });

    expect(alone).toMatchObject({ status: 400, headers: { 'iothub-errorcode': 'ArgumentInvalid' } });
    expect(inBulk.json.errors).toMatchObject([{ deviceId: tooLong, errorCode: 'ArgumentInvalid' }]);
  });
});

test('Every path means the same with a slash at its end.', async () => {
  for (const { method, path } of allRoutes(api.hub, '1.2.3')) {
    const call = (end: string): Promise<Answer> =>
      api.call({ method, path: `${path.replaceAll(/:\w+/g, 'lamp')}${end}`, authorization: 'SharedAccessSignature nonsense' });
    const answers = [await call(''), await call('/')].map(({ status, headers }) => [status, headers['iothub-errorcode']]);

    expect(answers[1], `${method} ${path}`).toEqual(answers[0]);
    expect(answers[1]?.[1], `${method} ${path}`).not.toBe('GenericNotFound');
  }
});

describe('ids in paths', () => {
  test('Encoders that escape more than they must are understood, in either case of the digits.', async () => {
    await put("it's*(1)", {});

    const strict = await api.call({ path: '/devices/it%27s%2a%281%29' });
    const bare = await api.call({ path: "/devices/it's*(1)" });

    expect([strict.json.deviceId, bare.json.deviceId]).toEqual(["it's*(1)", "it's*(1)"]);
  });

  test.each(['/devices/%', '/devices/%zz', '/devices/%E0%A4%A', '/devices/%ff', '/twins/%C0%80/methods'])(
    'Malformed percent-encoding is refused: %s',
    async (path) => {
      const { status, headers, json } = await api.call({ path });

      expect(status).toBe(400);
      expect(headers['iothub-errorcode']).toBe('GenericBadRequest');
      expect(headers['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(json.Message).toMatch(/^ErrorCode:GenericBadRequest;/);
    },
  );

  test('An id of thousands of characters is only unknown.', async () => {
    expect(await api.call({ path: `/devices/${'x'.repeat(8000)}` })).toMatchObject({ status: 404 });
  });
});
