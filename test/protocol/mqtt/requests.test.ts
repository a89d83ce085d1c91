// Twin requests and direct methods over MQTT: each request is answered, in the words that SDKs look for.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/json.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { connectDevice, FILTERS, type MqttClient } from '../../support/mqtt-client.ts';
import { openTestHub, type TestHub } from '../../support/test-hub.ts';
import { SOMEONE } from '../../support/actors.ts';

let hub: TestHub;
beforeAll(async () => (hub = await openTestHub()));
afterAll(() => hub.close());

/** A connected device with all subscriptions. */
async function openDevice(deviceId: string, overrides: Parameters<typeof connectDevice>[2] = {}): Promise<MqttClient> {
  const client = await connectDevice(hub, await hub.createDevice(deviceId), overrides);
  await client.subscribe(FILTERS.twinResponses, FILTERS.desired, FILTERS.methods);
  return client;
}

function patchDesired(deviceId: string, desired: JsonValue): Promise<unknown> {
  return hub.hub.twins.write({ by: SOMEONE, kind: 'patch', deviceId, body: { properties: { desired } }, precondition: { kind: 'none' } });
}

function invoke(deviceId: string, payload: JsonValue = null): Promise<unknown> {
  return hub.hub.methods.invoke({ deviceId }, { methodName: 'reboot', payload, responseTimeoutSeconds: 30, connectTimeoutSeconds: 0 });
}

describe('A device', () => {
  it('reads its twin, reports, and reads what it reported.', async () => {
    await using client = await openDevice('reader');

    client.publish('$iothub/twin/PATCH/properties/reported/?$rid=a-1', '{"iothubDM":{"reboot":{"lastReboot":"now"}}}');
    const reported = await client.message('$iothub/twin/res/');
    client.publish('$iothub/twin/GET/?$rid=a-2', ' ');
    const twin = await client.message('$iothub/twin/res/');

    expect(reported).toEqual({ topic: '$iothub/twin/res/204/?$rid=a-1&$version=2', payload: '' });
    expect(twin.topic).toBe('$iothub/twin/res/200/?$rid=a-2');
    expect(JSON.parse(twin.payload)).toEqual({
      desired: { $version: 1 },
      reported: { iothubDM: { reboot: { lastReboot: 'now' } }, $version: 2 },
    });
  });

  it.each([
    { what: 'no JSON', payload: 'not json', status: 400, errorCode: 400_012 },
    { what: 'no UTF-8', payload: Buffer.from('{"a":"\xff"}', 'latin1'), status: 400, errorCode: 400_012 },
    { what: 'nothing', payload: '', status: 400, errorCode: 400_012 },
    { what: 'no object', payload: '[1]', status: 400, errorCode: 400_004 },
    { what: 'a key that is not allowed', payload: '{"a.b":1}', status: 400, errorCode: 400_004 },
    { what: 'more than a twin holds', payload: tooMuch(), status: 403, errorCode: 403_100 },
    { what: 'a version that is no number', query: '&$version=one', payload: '{}', status: 400, errorCode: 400_004 },
    { what: 'a version that has passed', query: '&$version=99', payload: '{}', status: 412, errorCode: 412_001 },
  ])('that reports $what is told so in a body (contract 0.4).', async ({ what, query = '', payload, status, errorCode }) => {
    await using client = await openDevice(`reports-${what.replaceAll(' ', '-')}`);

    client.publish(`$iothub/twin/PATCH/properties/reported/?$rid=1${query}`, payload);
    const answer = await client.message('$iothub/twin/res/');

    expect(answer.topic).toBe(`$iothub/twin/res/${status}/?$rid=1`);
    expect(JSON.parse(answer.payload)).toEqual({
      errorCode,
      trackingId: expect.stringMatching(/^[0-9a-f]{32}-G:0-TimeStamp:\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/),
      message: expect.stringMatching(/\w/),
      timestampUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
  });

  it('without an api-version in its user name may read but not report (behaviour 3.5).', async () => {
    await using client = await openDevice('old', { username: 'localhost/old' });

    client.publish('$iothub/twin/PATCH/properties/reported/?$rid=1', '{"a":1}');
    const refused = await client.message('$iothub/twin/res/');
    client.publish('$iothub/twin/GET/?$rid=2');
    const twin = await client.message('$iothub/twin/res/');

    expect(refused.topic).toBe('$iothub/twin/res/400/?$rid=1');
    expect(JSON.parse(refused.payload)).toMatchObject({ errorCode: 400_001 });
    expect(JSON.parse(twin.payload)).toMatchObject({ reported: { $version: 1 } });
  });

  it('gets its answers to reports in their order, good and bad.', async () => {
    await using client = await openDevice('orderly');
    const bodies = Array.from({ length: 20 }, (_none, index) => (index % 3 === 1 ? 'nonsense' : `{"n":${index}}`));

    bodies.forEach((body, index) => client.publish(`$iothub/twin/PATCH/properties/reported/?$rid=${index}`, body));
    const answers = [];
    for (const _body of bodies) answers.push((await client.message('$iothub/twin/res/')).topic.split('&')[0]);

    expect(answers).toEqual(bodies.map((body, index) => `$iothub/twin/res/${body === 'nonsense' ? 400 : 204}/?$rid=${index}`));
  });

  it('is told of desired changes in the order of their versions, and of none before it subscribed.', async () => {
    await hub.createDevice('told').then((device) => connectDevice(hub, device).then((client) => client.takeLeave()));
    await patchDesired('told', { early: true });
    await using client = await connectDevice(hub, await hub.hub.devices.get('told'));
    await client.subscribe(FILTERS.desired);

    await Promise.all([1, 2, 3, 4, 5].map((n) => patchDesired('told', { n })));
    const notices = [];
    for (let count = 0; count < 5; count += 1) notices.push(await client.message('$iothub/twin/PATCH/properties/desired/'));

    expect(notices.map(({ topic }) => topic)).toEqual(
      [3, 4, 5, 6, 7].map((version) => `$iothub/twin/PATCH/properties/desired/?$version=${version}`),
    );
    expect(notices.map(({ payload }) => JSON.parse(payload))).toEqual([1, 2, 3, 4, 5].map((n) => ({ n, $version: n + 2 })));
  });

  it('never reads a twin older than what it was told, while its desired properties change.', async () => {
    await using client = await openDevice('racer');
    const rounds = 30;
    const changes = (async (): Promise<void> => {
      for (let n = 0; n < rounds; n += 1) await patchDesired('racer', { n });
    })();

    for (let n = 0; n < rounds; n += 1) client.publish(`$iothub/twin/GET/?$rid=${n}`);
    let told = 0;
    const stale = [];
    for (let seen = 0; seen < rounds * 2; seen += 1) {
      const { topic, payload } = await client.message('$iothub/twin/');
      const version = topic.includes('/res/') ? JSON.parse(payload).desired.$version : JSON.parse(payload).$version;
      if (version < told) stale.push(topic);
      told = topic.includes('/res/') ? told : version;
    }
    await changes;

    expect(stale).toEqual([]);
  });
});

describe('A direct method', () => {
  it.each<{ sent: JsonValue; text: string; body: string; answer: JsonValue }>([
    { sent: null, text: 'null', body: '"Reboot started"', answer: 'Reboot started' },
    { sent: { delay: [1, 2] }, text: '{"delay":[1,2]}', body: '{"ok":true}', answer: { ok: true } },
    { sent: '', text: '""', body: 'null', answer: null },
    { sent: false, text: 'false', body: '', answer: null },
  ])('with payload $text gets its answer.', async ({ sent, text, body, answer }) => {
    const deviceId = `callee-${text.length}`;
    await using client = await openDevice(deviceId);

    const call = invoke(deviceId, sent);
    const request = await client.message('$iothub/methods/POST/');
    client.publish(request.topic.replace('POST/reboot', 'res/200'), body);

    expect(request.topic).toMatch(/^\$iothub\/methods\/POST\/reboot\/\?\$rid=[0-9a-f]+$/);
    expect(request.payload).toBe(text);
    await expect(call).resolves.toEqual({ status: 200, payload: answer });
  });

  it.each([
    ['no JSON', '200', 'Reboot started'],
    ['no status', 'done', '{}'],
    ['too much', '200', `"${'x'.repeat(LIMITS.methodPayloadBytes.value)}"`],
  ])('that is answered with %s fails, and the device stays connected.', async (what, status, body) => {
    const deviceId = `babbler-${what.replaceAll(' ', '-')}`;
    await using client = await openDevice(deviceId);

    const call = invoke(deviceId);
    const request = await client.message('$iothub/methods/POST/');
    client.publish(request.topic.replace('POST/reboot', `res/${status}`), body);

    await expect(call).rejects.toMatchObject({ code: 'GenericBadGateway' });
    await client.ping();
  });

  it('ignores an answer that nobody waits for.', async () => {
    await using client = await openDevice('chatty');

    client.publish('$iothub/methods/res/200/?$rid=deadbeef', '1');

    await expect(client.ping()).resolves.toBeUndefined();
  });

  it('fails when the line is lost before the answer.', async () => {
    const client = await openDevice('lost');

    const call = invoke('lost');
    await client.message('$iothub/methods/POST/');
    await Promise.all([expect(call).rejects.toMatchObject({ code: 'DeviceNotOnline' }), client.drop()]);
  });

  it('fails when a newer connection takes over before the answer, and reaches the newer one next.', async () => {
    const older = await openDevice('moved');
    const call = invoke('moved');
    await older.message('$iothub/methods/POST/');

    const device = await hub.hub.devices.get('moved');
    const [newer] = await Promise.all([connectDevice(hub, device), expect(call).rejects.toMatchObject({ code: 'DeviceNotOnline' })]);
    const next = invoke('moved');
    const request = await newer.message('$iothub/methods/POST/');
    newer.publish(request.topic.replace('POST/reboot', 'res/7'), '7');

    await expect(next).resolves.toEqual({ status: 7, payload: 7 });
    await newer.drop();
  });

  it('fails at once for a device that is connected but does not listen.', async () => {
    const device = await hub.createDevice('deaf');
    await using client = await connectDevice(hub, device);
    await client.subscribe(FILTERS.twinResponses);

    await expect(invoke('deaf')).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  });

  it('waits for a device that is connected and begins to listen.', async () => {
    const device = await hub.createDevice('late');
    await using client = await connectDevice(hub, device);

    const call = hub.hub.methods.invoke(
      { deviceId: 'late' },
      {
        methodName: 'reboot',
        payload: 1,
        responseTimeoutSeconds: 30,
        connectTimeoutSeconds: 30,
      },
    );
    await client.subscribe(FILTERS.methods);
    const request = await client.message('$iothub/methods/POST/');
    client.publish(request.topic.replace('POST/reboot', 'res/200'), '1');

    await expect(call).resolves.toEqual({ status: 200, payload: 1 });
  });
});

/** More than the reported properties of a twin may hold. */
function tooMuch(): string {
  const text = 'x'.repeat(LIMITS.twinStringBytes.value);
  return JSON.stringify(Object.fromEntries(Array.from({ length: 9 }, (_none, index) => [`k${index}`, text])));
}
