// Digital twins over REST: what a patch writes and whom it tells, modules, and commands with their errors.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeviceConnection } from '../../../../src/hub/connections.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { principalOf, RecordingLink } from '../../../support/open-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
});
afterAll(() => api[Symbol.asyncDispose]());

let devices = 0;
async function newDevice(): Promise<{ deviceId: string; link: RecordingLink; connection: DeviceConnection }> {
  devices += 1;
  const device = await api.createDevice(`device-${devices}`);
  const link = new RecordingLink();
  return { deviceId: device.deviceId, link, connection: await api.hub.connections.connect(principalOf(device), link) };
}

async function newModule(): Promise<{ deviceId: string; moduleId: string }> {
  const id = { deviceId: (await newDevice()).deviceId, moduleId: 'dimmer' };
  const authentication = { type: 'none' } as const;
  await api.hub.modules.put({ ...id, managedBy: null, authentication }, { kind: 'none' }, SOMEONE);
  return id;
}

function patch(id: string, body: unknown, ifMatch?: string): Promise<Answer> {
  return api.call({ method: 'PATCH', path: `/digitaltwins/${id}`, body, ...(ifMatch !== undefined && { ifMatch }) });
}

const add = (path: string, value: unknown): object => ({ op: 'add', path, value });

describe('A patch', () => {
  test('is answered with 202, no body, the new etag and the place of the digital twin.', async () => {
    const { deviceId } = await newDevice();

    const { status, text, headers } = await patch(deviceId, [add('/level', 1)]);

    expect([status, text]).toEqual([202, '']);
    expect(headers).toMatchObject({ etag: 'W/"AAAAAAAAAAI="', location: `/digitaltwins/${deviceId}` });
  });

  test('is one write of the twin, however many operations it has: one version, one notice, one line in the audit.', async () => {
    const { deviceId, link } = await newDevice();

    await patch(deviceId, [add('/level', 1), add('/c/on', true), add('/c/level', 2), { op: 'remove', path: '/c/on' }]);

    expect(link.notices).toEqual([{ version: 2, patch: { level: 1, c: { __t: 'c', on: null, level: 2 } } }]);
    const { json: audit } = await api.call({ path: `/hub/audit?target=${deviceId}&action=twin.` });
    expect(audit).toMatchObject([{ action: 'twin.patch', target: deviceId, before: '2', after: '3', detail: 'desired' }]);
    expect((await api.call({ path: `/twins/${deviceId}` })).json.properties.desired).toMatchObject({
      level: 1,
      c: { __t: 'c', level: 2 },
      $version: 2,
    });
  });

  test('of which one operation is refused writes nothing.', async () => {
    const { deviceId, link } = await newDevice();
    await api.hub.twins.report({ deviceId, body: { serial: 'x' }, baseVersion: undefined });

    const { status } = await patch(deviceId, [add('/level', 1), add('/serial', 'y')]);

    expect(status).toBe(400);
    expect(link.notices).toEqual([]);
    expect((await api.call({ path: `/digitaltwins/${deviceId}` })).json).not.toHaveProperty('$metadata.level');
  });

  test('that changes nothing tells nobody and keeps the etag, but not under another one.', async () => {
    const { deviceId, link } = await newDevice();

    const nothing = [await patch(deviceId, []), await patch(deviceId, [{ op: 'remove', path: '/ghost' }])];
    const stale = await patch(deviceId, [], 'W/"AAAA"');

    expect(nothing.map(({ status, headers }) => [status, headers['etag']])).toEqual([
      [202, 'W/"AAAAAAAAAAE="'],
      [202, 'W/"AAAAAAAAAAE="'],
    ]);
    expect(stale).toMatchObject({ status: 412, headers: { 'iothub-errorcode': 'PreconditionFailed' } });
    expect(link.notices).toEqual([]);
  });

  test('under another etag is told so, not what does not fit the twin.', async () => {
    const { deviceId } = await newDevice();
    await patch(deviceId, [add('/level', 1)]);

    expect(await patch(deviceId, [add('/level/deep', 1)], '"AAAA"')).toMatchObject({ status: 412 });
  });

  test('sees those that were acknowledged before it, also when many are made at once.', async () => {
    const { deviceId } = await newDevice();
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`);

    await Promise.all(names.map((name) => patch(deviceId, [add(`/c/${name}`, 1)])));
    await patch(deviceId, [add('/c', { last: 1, $metadata: {} })]);

    expect((await api.call({ path: `/twins/${deviceId}` })).json.properties.desired.c).toEqual({ __t: 'c', last: 1 });
  });
});

describe('A module', () => {
  test('has a digital twin under the ids of its device and its own.', async () => {
    const { deviceId, moduleId } = await newModule();
    const id = `${deviceId}~${moduleId}`;

    const { headers } = await patch(id, [add('/level', 1)]);
    const { json } = await api.call({ path: `/digitaltwins/${id}` });

    expect(headers['location']).toBe(`/digitaltwins/${encodeURIComponent(id)}`);
    expect(json).toMatchObject({ $dtId: id, $metadata: { level: { desiredValue: 1, desiredVersion: 2 } } });
    expect((await api.call({ path: `/digitaltwins/${deviceId}` })).json).not.toHaveProperty('$metadata.level');
  });

  test('that is not there has no twin to read or to patch, and is not found to command.', async () => {
    const { deviceId } = await newDevice();
    const id = `${deviceId}~ghost`;

    const answers = [
      await api.call({ path: `/digitaltwins/${id}` }),
      await patch(id, []),
      await api.call({ method: 'POST', path: `/digitaltwins/${id}/commands/reset` }),
    ];

    expect(answers.map(({ headers }) => headers['iothub-errorcode'])).toEqual(['DeviceNotFound', 'DeviceNotFound', 'ModuleNotFound']);
  });
});

describe('A command', () => {
  function command(path: string, query = ''): Promise<Answer> {
    return api.call({ method: 'POST', path: `/digitaltwins/${path}?api-version=2021-04-12${query}` });
  }

  test.each([
    ['commands/reset', 'reset'],
    ['components/thermostat1/commands/reset', 'thermostat1*reset'],
    ['commands/thermostat1*reset', 'thermostat1*reset'],
  ])('at %s is the method %s, with null as payload when there is no body.', async (path, methodName) => {
    const { deviceId, link, connection } = await newDevice();
    const sent = link.nextMethod();
    const calling = command(`${deviceId}/${path}`);

    const request = await sent;
    connection.answerMethod(request.requestId, { kind: 'done', value: { status: 503, payload: { busy: true } } });

    expect(request).toMatchObject({ methodName, payload: null });
    expect(await calling).toMatchObject({ status: 200, json: { busy: true }, headers: { 'x-ms-command-statuscode': '503' } });
  });

  test('to a device that is away says how long it was waited for, in the envelope of methods.', async () => {
    await api.createDevice('away');

    const { status, json } = await command('away/commands/reset');

    expect(status).toBe(404);
    expect(JSON.parse(json.Message)).toMatchObject({ errorCode: 404103, info: { timeout: '00:00:00' } });
  });

  test('whose answer does not come in its time is 504101.', async () => {
    const { deviceId, link } = await newDevice();
    const sent = link.nextMethod();
    const calling = command(`${deviceId}/commands/reset`, '&responseTimeoutInSeconds=5');

    await sent;
    api.clock.advance(5000);

    expect(JSON.parse((await calling).json.Message)).toMatchObject({ errorCode: 504101, info: {} });
  });

  test('without a component between the slashes is refused.', async () => {
    const { deviceId } = await newDevice();

    expect((await command(`${deviceId}/components//commands/reset`)).status).toBe(400);
  });

  test('whose name cannot be one is refused in words about the command.', async () => {
    const { deviceId } = await newDevice();

    const { json } = await command(`${deviceId}/components/a%20b/commands/reset`);

    expect(JSON.parse(json.Message)).toMatchObject({ errorCode: 400004, message: expect.stringContaining('COMPONENT*COMMAND') });
  });
});
