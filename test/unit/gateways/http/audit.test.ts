// GET /hub/audit: what back ends wrote through the API, and who of them it was.
import { expect, test } from 'vitest';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

const SOURCE = '192.0.2.7';

function audit(api: HttpApi, query = '', headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return api.call({ path: `/hub/audit?${query}`, headers });
}

test('Every kind of write through the API stands in the audit with its policy and address.', async () => {
  await using api = await openHttpApi();
  const twin = { path: '/twins/lamp', policy: 'service' };
  const job = {
    type: 'scheduleUpdateTwin',
    queryCondition: '*',
    updateTwin: { etag: '*', tags: {} },
    startTime: new Date(api.clock.nowMs() + 3600_000).toISOString(),
  };

  const created = await api.call({
    method: 'PUT',
    path: '/devices/lamp',
    body: {},
    policy: 'registryReadWrite',
    source: `::ffff:${SOURCE}`,
  });
  await api.call({ method: 'PUT', path: '/devices/lamp', body: { status: 'disabled' }, ifMatch: '*' });
  await api.call({ ...twin, method: 'PATCH', body: { tags: { a: 1 } } });
  await api.call({ ...twin, method: 'PUT', body: { properties: { desired: { a: 1 } } } });
  await api.call({ method: 'PUT', path: '/jobs/v2/floor', body: job, policy: 'service' });
  await api.call({ method: 'POST', path: '/jobs/v2/floor/cancel', policy: 'service' });
  await api.call({ method: 'PUT', path: '/jobs/v2/door', body: job });
  await api.call({ method: 'POST', path: '/hub/jobs/door/cancel' });
  await api.call({ method: 'DELETE', path: '/devices/lamp', ifMatch: '*' });

  const { status, json, headers } = await audit(api);
  expect(status).toBe(200);
  expect(headers['x-ms-item-type']).toBe('AuditEntry');
  expect(json.toReversed()).toMatchObject([
    { action: 'device.create', target: 'lamp', policy: 'registryReadWrite', source: SOURCE, before: null, after: created.json.etag },
    { action: 'device.update', target: 'lamp', policy: 'iothubowner', detail: 'disabled, primary key, secondary key' },
    { action: 'twin.patch', target: 'lamp', policy: 'service', before: '2', after: '3', detail: 'tags' },
    { action: 'twin.replace', target: 'lamp', policy: 'service', before: '3', after: '4', detail: 'tags, desired' },
    { action: 'job.create', target: 'floor', policy: 'service', detail: 'twin update' },
    { action: 'job.cancel', target: 'floor', policy: 'service', after: 'cancelled' },
    { action: 'job.create', target: 'door', policy: 'iothubowner' },
    { action: 'job.cancel', target: 'door', policy: 'iothubowner', after: 'cancelled' },
    { action: 'device.delete', target: 'lamp', policy: 'iothubowner', after: null },
  ]);
});

test('Each item of a bulk call that was done stands in the audit, device and twin by themselves, and none that was refused.', async () => {
  await using api = await openHttpApi();
  const items = [
    { id: 'lamp', importMode: 'create', tags: { a: 1 } },
    { id: 'door', importMode: 'create' },
    { id: 'ghost', importMode: 'delete' },
  ];

  await api.call({ method: 'POST', path: '/devices', body: items, policy: 'registryReadWrite', source: SOURCE });

  const by = { policy: 'registryReadWrite', source: SOURCE };
  expect((await audit(api)).json.toReversed()).toMatchObject([
    { action: 'device.create', target: 'lamp', ...by },
    { action: 'twin.patch', target: 'lamp', before: '2', after: '3', ...by },
    { action: 'device.create', target: 'door', ...by },
  ]);
});

test('Writes of policies stand in the audit, without a key.', async () => {
  await using api = await openHttpApi();
  const path = '/hub/policies/dashboard';
  const permissions = ['RegistryRead'];

  const { json: created } = await api.call({ method: 'PUT', path, body: { permissions }, source: SOURCE });
  await api.call({ method: 'PUT', path, body: { permissions }, ifMatch: '*', source: SOURCE });
  await api.call({ method: 'POST', path: `${path}/rotate`, body: { key: 'both' }, source: SOURCE });
  await api.call({ method: 'DELETE', path, source: SOURCE });

  const { json, text } = await audit(api, 'action=policy.');
  const by = { target: 'dashboard', policy: 'iothubowner', source: SOURCE, before: null, after: null };
  expect(json.toReversed()).toMatchObject([
    { action: 'policy.create', detail: 'RegistryRead', ...by },
    { action: 'policy.update', detail: 'nothing changed', ...by },
    { action: 'policy.rotate', detail: 'primary key, secondary key', ...by },
    { action: 'policy.delete', detail: null, ...by },
  ]);
  expect(text).not.toContain(created.primaryKey);
});

test('No key of a device stands in the audit.', async () => {
  await using api = await openHttpApi();
  const created = await api.call({ method: 'PUT', path: '/devices/lamp', body: {} });
  const updated = await api.call({ method: 'PUT', path: '/devices/lamp', body: {}, ifMatch: '*' });

  const { text } = await audit(api);

  for (const { json } of [created, updated]) {
    expect(text).not.toContain(json.authentication.symmetricKey.primaryKey);
    expect(text).not.toContain(json.authentication.symmetricKey.secondaryKey);
  }
});

test('Parameters select, and pages lead to the end.', async () => {
  await using api = await openHttpApi();
  for (const id of ['a', 'b', 'c']) await api.call({ method: 'PUT', path: `/devices/${id}`, body: {} });
  await api.call({ method: 'PATCH', path: '/twins/b', body: { tags: { x: 1 } }, policy: 'service' });

  const targets = async (query: string): Promise<readonly string[]> =>
    (await audit(api, query)).json.map(({ target, action }: Record<string, string>) => `${target} ${action}`);
  const first = await audit(api, '', { 'x-ms-max-item-count': '3' });
  const second = await audit(api, '', { 'x-ms-max-item-count': '3', 'x-ms-continuation': String(first.headers['x-ms-continuation']) });

  expect(await targets('target=b')).toEqual(['b twin.patch', 'b device.create']);
  expect(await targets('action=twin.')).toEqual(['b twin.patch']);
  expect(await targets('policy=service')).toEqual(['b twin.patch']);
  expect(await targets('since=2999-01-01T00:00:00Z')).toEqual([]);
  expect(await targets('until=2000-01-01T00:00')).toEqual([]);
  expect([first.json.length, second.json.length, second.headers['x-ms-continuation']]).toEqual([3, 1, undefined]);
});

test.each([
  ['action=devices', 'action'],
  ['since=yesterday', 'since'],
  ['until=2026-13-01T00:00:00Z', 'until'],
  ['continuationToken=abc', 'continuation token'],
  ['continuationToken=eyJhdWRpdCI6IngifQ', 'continuation token'],
  ['pageSize=0', 'x-ms-max-item-count'],
])('%s is refused with a word on %s.', async (query, word) => {
  await using api = await openHttpApi();

  const { status, json } = await audit(api, query);

  expect(status).toBe(400);
  expect(json.Message).toContain(word);
});
