// What queries of a hub must show on every store, however much is written meanwhile. Goal: nobody who was told that a write is done misses it, and no
// search holds up others. Method: the use cases over the store, with group commits under way; each writer asks right after each of its writes.
import { expect, test } from 'vitest';
import { parseDeviceSpec } from '../../src/domain/identity/parse-device-spec.ts';
import type { JsonObject, JsonValue } from '../../src/domain/json.ts';
import type { Hub } from '../../src/hub/hub.ts';
import { SOMEONE } from '../support/actors.ts';
import { type OpenHub, openHub } from '../support/open-hub.ts';
import type { NewPlace } from '../support/store-place.ts';
import { itemsOf } from '../support/query/page-items.ts';

const WRITERS = 40;
const ROUNDS = 12;

export function describeQueryFreshness(newPlace: NewPlace): void {
  async function open(): Promise<OpenHub> {
    const place = await newPlace();
    return openHub({ stores: await place.open() });
  }

  test('A query that starts after a write was acknowledged sees it, whatever else is written and asked at the time.', async () => {
    await using running = await open();
    const { hub } = running;
    await running.createDevice('shared');

    const missed = await Promise.all(Array.from({ length: WRITERS }, (_, index) => missedBy(hub, `device-${index}`)));

    expect(missed.flat()).toEqual([]);
    expect(await rowsOf(hub, 'SELECT COUNT() AS n FROM devices')).toEqual([{ n: 1 }]);
  });

  test('A query of what many report of one device sees at least what was acknowledged.', async () => {
    await using running = await open();
    const { hub } = running;
    await running.createDevice('shared');
    let count = 0;

    const missed = await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        const own: string[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          count += 1;
          const acknowledged = count;
          const version = await hub.twins.report({ deviceId: 'shared', body: { count }, baseVersion: undefined });
          const [seen] = await rowsOf(hub, 'SELECT properties.reported.count, properties.reported.$version AS version FROM devices');
          if (Number(seen?.['count']) < acknowledged || Number(seen?.['version']) < version) own.push(`${acknowledged} in ${version}`);
        }
        return own;
      }),
    );

    expect(missed.flat()).toEqual([]);
    expect(await rowsOf(hub, 'SELECT properties.reported.count FROM devices')).toEqual([{ count: WRITERS * ROUNDS }]);
  });

  test('A long search holds up no write, no read and no other work, and ends when nobody waits for it.', async () => {
    await using running = await open();
    const { hub } = running;
    const ids = Array.from({ length: 1000 }, (_, index) => `device-${index}`);
    await Promise.all(ids.map((id) => running.createDevice(id)));
    await Promise.all(ids.map((id) => patchTags(hub, id, { text: 'Ä'.repeat(2000) })));
    const gone = new AbortController();
    let isOver = false;

    const long = hub.queries.run({ text: LONG_QUERY, pageSize: 100, continuation: undefined, gone: gone.signal });
    const outcome = long.finally(() => (isOver = true)).catch((error: unknown) => error);
    for (let round = 0; round < 10; round += 1) {
      await patchTags(hub, 'device-0', { round });
      await hub.twins.report({ deviceId: 'device-0', body: { round }, baseVersion: undefined });
      expect((await hub.twins.get({ deviceId: 'device-0' })).twin).toMatchObject({ tags: { round }, reported: { properties: { round } } });
    }
    const wasOver = isOver;
    const reason = new Error('Nobody waits any more.');
    gone.abort(reason);

    expect(wasOver).toBe(false);
    expect(await outcome).toBe(reason);
    expect(await rowsOf(hub, `SELECT tags.round FROM devices WHERE deviceId = 'device-0'`)).toEqual([{ round: 9 }]);
  });
}

/** Takes many seconds, of which the test waits for few: as many terms as fit, each of which makes a long text of each device anew. */
const LONG_QUERY = `SELECT deviceId FROM devices WHERE ${Array.from({ length: 200 }, (_, index) => `LOWER(tags.text) = '${index}'`).join(' OR ')}`;

/** What one writer did not find of its own writes, as texts. It makes, changes and deletes a device that nobody else writes. */
async function missedBy(hub: Hub, deviceId: string): Promise<readonly string[]> {
  const missed: string[] = [];
  const expectRows = async (what: string, text: string, rows: readonly JsonValue[]): Promise<void> => {
    const found = await rowsOf(hub, text);
    if (JSON.stringify(found) !== JSON.stringify(rows)) missed.push(`${deviceId} ${what}: ${JSON.stringify(found)}`);
  };
  for (let round = 1; round <= ROUNDS; round += 1) {
    await hub.devices.put(parseDeviceSpec(deviceId, {}), { kind: 'none' }, SOMEONE);
    await expectRows('created', `SELECT deviceId FROM devices WHERE deviceId = '${deviceId}'`, [{ deviceId }]);
    await patchTags(hub, deviceId, { key: `${deviceId}/${round}` });
    await expectRows('patched', `SELECT deviceId FROM devices WHERE tags.key = '${deviceId}/${round}'`, [{ deviceId }]);
    await hub.twins.report({ deviceId, body: { round, of: deviceId }, baseVersion: undefined });
    await expectRows(
      'reported',
      `SELECT properties.reported.round, COUNT() AS n FROM devices WHERE properties.reported.of = '${deviceId}' GROUP BY properties.reported.round`,
      [{ round, n: 1 }],
    );
    await hub.devices.delete(deviceId, { kind: 'any' }, SOMEONE);
    await expectRows('deleted', `SELECT deviceId FROM devices WHERE tags.key = '${deviceId}/${round}'`, []);
  }
  return missed;
}

function patchTags(hub: Hub, deviceId: string, tags: JsonObject): Promise<unknown> {
  return hub.twins.write({ kind: 'patch', deviceId, body: { tags }, precondition: { kind: 'any' }, by: SOMEONE });
}

async function rowsOf(hub: Hub, text: string): Promise<readonly JsonObject[]> {
  return itemsOf(await hub.queries.run({ text, pageSize: 100, continuation: undefined }));
}
