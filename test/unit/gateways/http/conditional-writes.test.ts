// Goal: no write happens that its If-Match forbids, and none is refused that it allows.
// Method: a table of every form of the header against every conditional call, on a device that exists and on one that does not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
});
afterAll(() => api[Symbol.asyncDispose]());

type Call = 'PUT /devices' | 'DELETE /devices' | 'PATCH /twins' | 'PUT /twins';

/** The statuses of a device PUT, a device DELETE, a twin PATCH and a twin PUT (behaviour 1.4, live facts, Identity and Twins). */
type Statuses = readonly [putDevice: number, deleteDevice: number, patchTwin: number, putTwin: number];

const CALLS: readonly Call[] = ['PUT /devices', 'DELETE /devices', 'PATCH /twins', 'PUT /twins'];
const DONE: Statuses = [200, 204, 200, 200];
const REFUSED: Statuses = [412, 412, 412, 412];
const NO_CONDITION: Statuses = [409, 412, 200, 200];
const NO_ETAG: Statuses = [400, 400, 400, 400];

type Form = { readonly name: string; readonly ifMatch: (etag: string) => string | undefined; readonly statuses: Statuses };

const FORMS: readonly Form[] = [
  { name: 'no header', ifMatch: () => undefined, statuses: NO_CONDITION },
  { name: 'an empty header', ifMatch: () => '', statuses: NO_CONDITION },
  { name: 'a header of blanks', ifMatch: () => '  ', statuses: NO_CONDITION },
  { name: 'the etag, quoted', ifMatch: (etag) => `"${etag}"`, statuses: DONE },
  { name: 'the etag, bare', ifMatch: (etag) => etag, statuses: DONE },
  { name: 'the etag, weak', ifMatch: (etag) => `W/"${etag}"`, statuses: DONE },
  { name: 'the etag between blanks', ifMatch: (etag) => ` "${etag}" `, statuses: DONE },
  { name: 'a star', ifMatch: () => '*', statuses: DONE },
  { name: 'a star, quoted', ifMatch: () => '"*"', statuses: DONE },
  { name: 'another etag, quoted', ifMatch: () => '"MA=="', statuses: REFUSED },
  { name: 'another etag, bare', ifMatch: () => 'MA==', statuses: REFUSED },
  { name: 'another etag, weak', ifMatch: () => 'W/"MA=="', statuses: REFUSED },
  { name: 'the etag in another case', ifMatch: (etag) => swapCase(etag), statuses: REFUSED },
  { name: 'the etag without its end', ifMatch: (etag) => etag.slice(0, -1), statuses: REFUSED },
  { name: 'quotes around nothing', ifMatch: () => '""', statuses: REFUSED },
  { name: 'a list with the etag in it', ifMatch: (etag) => `"MA==", "${etag}"`, statuses: NO_ETAG },
  { name: 'a list with a star in it', ifMatch: () => '"MA==", *', statuses: NO_ETAG },
  { name: 'a quotation mark that is never closed', ifMatch: (etag) => `"${etag}`, statuses: NO_ETAG },
];

const CODES: Readonly<Record<number, string | undefined>> = {
  400: 'ArgumentInvalid',
  404: 'DeviceNotFound',
  409: 'DeviceAlreadyExists',
  412: 'PreconditionFailed',
};

function swapCase(etag: string): string {
  return etag.replaceAll(/[a-z]|([A-Z])/g, (letter, upper) => (upper === undefined ? letter.toUpperCase() : letter.toLowerCase()));
}

function make(call: Call, deviceId: string, ifMatch: string | undefined): Promise<Answer> {
  const [method = '', collection = ''] = call.split(' ');
  const body = collection === '/devices' ? { statusReason: 'written' } : { tags: { written: true } };
  return api.call({
    method,
    path: `${collection}/${deviceId}`,
    ...(method !== 'DELETE' && { body }),
    ...(ifMatch !== undefined && { ifMatch }),
  });
}

/** Identity and twin as one value; `undefined` when there is no such device. */
async function stateOf(deviceId: string): Promise<unknown> {
  return api.stores.twins.readTwin({ deviceId });
}

let devices = 0;

describe.each(CALLS)('%s/{id}', (call) => {
  const column = CALLS.indexOf(call);

  test.each(FORMS)('with $name', async ({ ifMatch, statuses }) => {
    const deviceId = `device-${(devices += 1)}`;
    const device = await api.createDevice(deviceId);
    const etag = call.endsWith('/twins') ? (await api.call({ path: `/twins/${deviceId}` })).json.etag : device.etag;
    const before = await stateOf(deviceId);

    const { status, headers } = await make(call, deviceId, ifMatch(etag));

    expect([status, headers['iothub-errorcode']]).toEqual([statuses[column], CODES[status]]);
    const isChanged = JSON.stringify(await stateOf(deviceId)) !== JSON.stringify(before);
    expect(isChanged).toBe(status < 300);
  });

  const onNothing: readonly (readonly [name: string, ifMatch: string | undefined, statuses: Statuses])[] = [
    ['no header', undefined, [200, 412, 404, 404]],
    ['an empty header', '', [200, 412, 404, 404]],
    ['a star', '*', [404, 404, 404, 404]],
    ['a star, quoted', '"*"', [404, 404, 404, 404]],
    ['an etag', '"MA=="', [404, 404, 404, 404]],
    ['quotes around nothing', '""', [404, 404, 404, 404]],
    ['a list', '"a", "b"', NO_ETAG],
  ];
  test.each(onNothing)('of a device that does not exist, with %s', async (_, ifMatch, statuses) => {
    const deviceId = `nothing-${(devices += 1)}`;

    const { status, headers } = await make(call, deviceId, ifMatch);

    expect([status, headers['iothub-errorcode']]).toEqual([statuses[column], CODES[status]]);
    expect((await stateOf(deviceId)) !== undefined).toBe(status === 200);
  });
});

test('The etag of the device is not that of its twin, and neither stands for the other.', async () => {
  const { etag: deviceEtag } = await api.createDevice('two-etags');
  const { json: twin } = await api.call({ path: '/twins/two-etags' });

  const device = await make('PUT /devices', 'two-etags', `"${twin.etag}"`);
  const patched = await make('PATCH /twins', 'two-etags', `"${deviceEtag}"`);

  expect([device.status, patched.status]).toEqual([412, 412]);
  expect(twin.deviceEtag).toBe(deviceEtag);
});

test('An etag fits once: the write that it allowed has moved it.', async () => {
  for (const call of ['PUT /devices', 'PATCH /twins'] as const) {
    const deviceId = `once-${(devices += 1)}`;
    const { etag: deviceEtag } = await api.createDevice(deviceId);
    const { json: twin } = await api.call({ path: `/twins/${deviceId}` });
    const etag = call === 'PUT /devices' ? deviceEtag : twin.etag;

    const first = await make(call, deviceId, `"${etag}"`);
    const second = await make(call, deviceId, `"${etag}"`);

    expect([first.status, second.status], call).toEqual([200, 412]);
    expect(first.headers['etag'], call).toBe(`"${first.json.etag}"`);
  }
});

test('If-None-Match is not looked at.', async () => {
  await api.createDevice('none-match');

  const { status } = await api.call({ method: 'PUT', path: '/devices/none-match', body: {}, headers: { 'if-none-match': '*' } });

  expect(status).toBe(409);
});
