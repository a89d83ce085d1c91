// Indexes on paths of twins over HTTP: made, read and dropped.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

const SITE = '/hub/indexes/tags.site';

test('A PUT makes an index, which the hub builds, and a GET shows how far it is and what it costs.', async () => {
  await using api = await openHttpApi();
  for (const id of ['lamp', 'door']) await api.createDevice(id);

  const made = await api.call({ method: 'PUT', path: SITE });
  const built = await builtIndex(api, SITE);

  const common = {
    path: 'tags.site',
    collection: 'devices',
    madeBy: 'person',
    createdTime: new Date(api.clock.nowMs()).toISOString(),
    totalTwins: 2,
  };
  expect(made).toMatchObject({ status: 200, json: common });
  expect(built).toEqual({
    ...common,
    state: 'ready',
    entries: 2,
    bytes: expect.any(Number),
    twins: 2,
    entryMicroseconds: expect.any(Number),
  });
  expect((await api.call({ path: '/hub/indexes' })).json).toEqual([built]);
});

test('A path may hold any name of a property.', async () => {
  await using api = await openHttpApi();
  const path = `/hub/indexes/${encodeURIComponent('devices.modules.properties.reported.[[a/b é]].c')}`;

  await api.call({ method: 'PUT', path });

  expect(await builtIndex(api, path)).toMatchObject({
    path: 'devices.modules.properties.reported.[[a/b é]].c',
    collection: 'devices.modules',
  });
});

test('A DELETE drops an index, and what it took goes when nobody can search through it.', async () => {
  await using api = await openHttpApi();
  await api.createDevice('lamp');
  await api.call({ method: 'PUT', path: SITE });
  await builtIndex(api, SITE);

  const dropped = await api.call({ method: 'DELETE', path: SITE });
  const missing = await api.call({ path: SITE });

  expect(dropped.status).toBe(204);
  expect(missing).toMatchObject({ status: 404, json: { Message: 'ErrorCode:GenericNotFound;There is no index on tags.site.' } });
  expect((await api.call({ path: '/hub/indexes' })).json).toEqual([]);
});

test('What is there already, what is not there, and what can have no index is refused.', async () => {
  await using api = await openHttpApi();
  await api.call({ method: 'PUT', path: SITE });

  const refusals = [
    await api.call({ method: 'PUT', path: SITE }),
    await api.call({ method: 'DELETE', path: '/hub/indexes/tags.floor' }),
    await api.call({ method: 'PUT', path: '/hub/indexes/connectionState' }),
    await api.call({ method: 'PUT', path: '/hub/indexes/tags.my-key' }),
    await api.call({ method: 'PUT', path: `/hub/indexes/tags.${'a'.repeat(LIMITS.twinIndexPathChars.value)}` }),
  ];

  expect(refusals.map(({ status, json }) => [status, /ErrorCode:(\w+)/.exec(json.Message)?.[1]])).toEqual([
    [409, 'GenericConflict'],
    [404, 'GenericNotFound'],
    [400, 'ArgumentInvalid'],
    [400, 'ArgumentInvalid'],
    [400, 'ArgumentInvalid'],
  ]);
});

/** As it is shown when it is built. */
async function builtIndex(api: HttpApi, path: string): Promise<Answer['json']> {
  let answer = await api.call({ path });
  while (answer.json.state === 'building') answer = await api.call({ path });
  return answer.json;
}
