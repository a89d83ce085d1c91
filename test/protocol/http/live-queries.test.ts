// Goal: POST /hub/queries/live serves server-sent events over HTTPS as long as the client reads and is signed in.
// Method: the gateway on a free port with a fake clock, and clients that read events, or do not.
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { SOMEONE } from '../../support/actors.ts';
import { type EventClient, followLiveQuery, postLiveQuery } from '../../support/event-client.ts';
import { sasToken } from '../../support/test-hub.ts';
import { openGateway, type OpenGateway } from './open-gateway.ts';

const BONN = "SELECT deviceId, tags.floor FROM devices WHERE tags.site = 'Bonn'";

async function openFleet(...deviceIds: readonly string[]): Promise<OpenGateway> {
  const open = await openGateway();
  for (const deviceId of deviceIds) await open.createDevice(deviceId);
  return open;
}

function tag({ hub }: OpenGateway, deviceId: string, tags: JsonObject): Promise<unknown> {
  return hub.twins.write({ by: SOMEONE, kind: 'patch', deviceId, body: { tags }, precondition: { kind: 'none' } });
}

type Client = { readonly query?: string; readonly lastEventId?: string; readonly policy?: string; readonly expirySeconds?: number };

function targetOf(open: OpenGateway, { policy: policyName = 'service', expirySeconds }: Client) {
  const key = open.hub.policies.find(policyName)?.keys.primaryKey ?? '';
  const token = sasToken({ key, resource: 'localhost', policyName, ...(expirySeconds !== undefined && { expirySeconds }) });
  return { port: open.gateway.port, ca: open.caPem, token };
}

function follow(open: OpenGateway, client: Client = {}): Promise<EventClient> {
  const { query = BONN, lastEventId } = client;
  return followLiveQuery(targetOf(open, client), { query, ...(lastEventId !== undefined && { lastEventId }) });
}

/** Every live query ends before the gateway does, as in a hub that stops. */
async function stop(open: OpenGateway): Promise<void> {
  await open.hub.liveQueries.stop();
  await open[Symbol.asyncDispose]();
}

describe('A live query over HTTPS', () => {
  test('has the headers of an event stream, and tells each client of its own.', async () => {
    const open = await openFleet('a', 'b');
    await tag(open, 'a', { site: 'Bonn', floor: 1 });
    const [bonn, ulm] = await Promise.all([follow(open), follow(open, { query: "SELECT deviceId FROM devices WHERE tags.site = 'Ulm'" })]);
    await Promise.all([bonn.heard('ready'), ulm.heard('ready')]);

    await tag(open, 'a', { site: 'Ulm' });
    await tag(open, 'b', { site: 'Bonn' });
    await Promise.all([bonn.heard('entered b'), ulm.heard('entered a')]);

    expect(bonn.response.statusCode).toBe(200);
    expect(bonn.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(bonn.events[0]).toEqual({ event: 'entered', id: '', data: { deviceId: 'a', item: { deviceId: 'a', floor: 1 } } });
    expect(bonn.events[1]).toMatchObject({ event: 'ready', data: { count: 1, resumed: false } });
    expect(bonn.lines()).toEqual(['entered a', 'ready', 'left a', 'entered b']);
    expect(ulm.lines()).toEqual(['ready', 'entered a']);
    await stop(open);
  });

  test('goes on after Last-Event-ID, also after that of a sign of life.', async () => {
    const open = await openFleet('a', 'b');
    await tag(open, 'a', { site: 'Bonn' });
    const first = await follow(open);
    await first.heard('ready');
    await tag(open, 'b', { site: 'Bonn' });
    const entered = await first.heard('entered b');
    await tag(open, 'b', { other: 1 });
    // Told of nothing, the client hears all the same how far the hub is.
    await vi.waitFor(async () => {
      open.clock.advance(LIMITS.liveQueryAliveSeconds.value * 1000);
      await Promise.race([first.more(), new Promise((resolve) => setImmediate(resolve))]);
      expect(Number(first.lastId)).toBeGreaterThan(Number(entered.id));
    });
    first.close();

    await tag(open, 'a', { site: 'Ulm' });
    const again = await follow(open, { lastEventId: first.lastId });
    await again.heard('left a');

    expect(first.text).toContain(`: alive\nid: ${first.lastId}\n\n`);
    expect(again.lines()).toEqual(['ready', 'left a']);
    await stop(open);
  });

  test('begins anew for a Last-Event-ID that is none of the hub.', async () => {
    const open = await openFleet('a');
    await tag(open, 'a', { site: 'Bonn' });

    const client = await follow(open, { lastEventId: 'abc' });
    await client.heard('ready');

    expect(client.lines()).toEqual(['reset', 'entered a', 'ready']);
    await stop(open);
  });

  test('is refused as any request when it is not valid.', async () => {
    const open = await openFleet();

    const response = await postLiveQuery(targetOf(open, {}), { query: 'SELECT COUNT() FROM devices' });
    const [body] = (await once(response.setEncoding('utf8'), 'data')) as string[];

    expect(response.statusCode).toBe(400);
    expect(response.headers['iothub-errorcode']).toBe('ArgumentInvalid');
    expect(body).toContain('This query cannot be live');
    await stop(open);
  });

  test('is forgotten when its client goes away.', async () => {
    const open = await openFleet();
    const client = await follow(open);
    await client.heard('ready');

    client.close();

    await vi.waitFor(() => expect(open.hub.liveQueries.count).toBe(0));
    await stop(open);
  });

  test('counts once in the metrics, when it begins.', async () => {
    const answered = vi.fn<OpenGateway['hub']['metrics']['requestAnswered']>();
    const open = await openFleet();
    Object.assign(open.hub.metrics, { requestAnswered: answered });
    const client = await follow(open);
    await client.heard('ready');

    await open.hub.liveQueries.stop();
    await client.ended;

    expect(answered.mock.calls).toEqual([[expect.objectContaining({ method: 'POST', route: '/hub/queries/live', status: 200 })]]);
    await stop(open);
  });
});

describe('A live query ends, and says why,', () => {
  test('when the key that signed its token is rotated, and with no other key.', async () => {
    const open = await openFleet();
    const [rotated, other] = [await follow(open), await follow(open, { policy: 'iothubowner' })];
    await Promise.all([rotated.heard('ready'), other.heard('ready')]);

    await open.hub.policies.rotate('service', 'primary', SOMEONE);
    const end = await rotated.heard('end');
    await rotated.ended;

    expect(end.data).toMatchObject({ reason: 'signInEnded' });
    expect(open.hub.liveQueries.count).toBe(1);
    expect(other.lines()).toEqual(['ready']);
    await stop(open);
  });

  test('when its policy is deleted.', async () => {
    const open = await openFleet();
    await open.hub.policies.put({ name: 'screen', permissions: ['ServiceConnect'], keys: undefined }, { kind: 'none' }, SOMEONE);
    const client = await follow(open, { policy: 'screen' });
    await client.heard('ready');

    await open.hub.policies.delete('screen', SOMEONE);

    expect((await client.heard('end')).data).toMatchObject({ reason: 'signInEnded' });
    await stop(open);
  });

  test('when its policy loses the permission.', async () => {
    const open = await openFleet();
    await open.hub.policies.put({ name: 'screen', permissions: ['ServiceConnect'], keys: undefined }, { kind: 'none' }, SOMEONE);
    const client = await follow(open, { policy: 'screen' });
    await client.heard('ready');

    await open.hub.policies.put({ name: 'screen', permissions: ['RegistryRead'], keys: undefined }, { kind: 'any' }, SOMEONE);

    expect((await client.heard('end')).data).toMatchObject({ reason: 'signInEnded' });
    await stop(open);
  });

  test('when its token expires, to the millisecond.', async () => {
    const open = await openFleet();
    const expirySeconds = Math.floor(open.clock.nowMs() / 1000) + 60;
    const client = await follow(open, { expirySeconds });
    await client.heard('ready');

    open.clock.advance(expirySeconds * 1000 - open.clock.nowMs() - 1);
    const before = open.hub.liveQueries.count;
    open.clock.advance(1);

    expect(before).toBe(1);
    expect((await client.heard('end')).data).toEqual({ reason: 'signInEnded', message: expect.stringMatching(/expired/i) });
    await stop(open);
  });

  test('at once when the hub stops.', async () => {
    const open = await openFleet();
    const client = await follow(open);
    await client.heard('ready');

    await open.hub.liveQueries.stop();
    await client.ended;
    await open.gateway.close();

    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { reason: 'stopping' } });
    await stop(open);
  });
});

describe('A client that does not read', () => {
  test('is cut off when too much waits for it, and disturbs no other.', async () => {
    const open = await openFleet('a');
    const query = 'SELECT deviceId, tags FROM devices';
    const slow = await postLiveQuery(targetOf(open, {}), { query });
    const good = await follow(open, { query });
    await good.heard('ready');
    const filling = 'x'.repeat(4000);

    for (let round = 0; open.hub.liveQueries.count > 1; round += 1) {
      await open.hub.twins.write({
        by: SOMEONE,
        kind: 'patch',
        deviceId: 'a',
        body: { tags: { round, one: filling.slice(0, 3900), two: filling.slice(0, 3000) } },
        precondition: { kind: 'none' },
      });
    }
    await tag(open, 'a', { last: true });
    while (!good.text.includes('"last":true')) await good.more();

    expect(open.hub.liveQueries.count).toBe(1);

    await stop(open);
    slow.destroy();
  }, 120_000);
});
