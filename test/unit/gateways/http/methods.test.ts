// Direct methods over REST: the answer whatever its status, and every refusal in its envelope.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HubError } from '../../../../src/domain/errors.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { DeviceConnection } from '../../../../src/hub/connections.ts';
import { principalOf, RecordingLink } from '../../../support/open-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
});
afterAll(() => api[Symbol.asyncDispose]());

function invoke(deviceId: string, body: unknown = { methodName: 'reboot', payload: null }): Promise<Answer> {
  return api.call({ method: 'POST', path: `/twins/${deviceId}/methods`, body });
}

async function connected(deviceId: string): Promise<{ link: RecordingLink; connection: DeviceConnection }> {
  const link = new RecordingLink();
  const connection = await api.hub.connections.connect(principalOf(await api.createDevice(deviceId)), link);
  return { link, connection };
}

/** The inner JSON of the nested envelope. */
function nested(answer: Answer): Answer['json'] {
  expect(answer.json.ExceptionMessage).toBe('');
  return JSON.parse(answer.json.Message);
}

describe('a device that answers', () => {
  test.each([
    [200, 'Reboot started'],
    [404, null],
    [500, { k1: 'v1' }],
    [-1, ''],
  ])('with status %i and payload %j: 200 with both.', async (status, payload) => {
    const { link, connection } = await connected(`answers-${status}`);
    const sent = link.nextMethod();
    const calling = invoke(`answers-${status}`, { methodName: 'm', payload, timeoutInSeconds: 30 });

    const request = await sent;
    connection.answerMethod(request.requestId, { kind: 'done', value: { status, payload } });

    expect(request).toMatchObject({ methodName: 'm', payload });
    expect(await calling).toMatchObject({ status: 200, json: { status, payload } });
  });
});

describe('refusals', () => {
  test('An offline device is 404103 at once, with the connect timeout it was given.', async () => {
    await api.createDevice('offline');

    const answer = await invoke('offline');

    expect(answer).toMatchObject({ status: 404, headers: { 'iothub-errorcode': 'DeviceNotOnline' } });
    expect(nested(answer)).toMatchObject({
      errorCode: 404103,
      message: 'Timed out waiting for device to connect.',
      info: { timeout: '00:00:00' },
      timestampUtc: '2026-01-01T00:00:00.000Z',
    });
  });

  test('A device that did not come in time is 404103 with that time.', async () => {
    await using own = await openHttpApi((hub) => ({
      ...hub,
      methods: Object.assign(Object.create(hub.methods), { invoke: () => Promise.reject(new HubError('DeviceNotOnline', 'No.')) }),
    }));

    const body = { methodName: 'm', connectTimeoutInSeconds: 125, responseTimeoutInSeconds: 300 };
    const answer = await own.call({ method: 'POST', path: '/twins/x/methods', body });

    expect(nested(answer).info).toEqual({ timeout: '00:02:05' });
  });

  test('An unknown device is DeviceNotFound in the plain envelope, which SDKs turn into a typed error.', async () => {
    const { status, json } = await invoke('ghost');

    expect(status).toBe(404);
    expect(json.Message).toMatch(/^ErrorCode:DeviceNotFound;/);
  });

  test('A device that does not answer in time is 504101.', async () => {
    const { link } = await connected('silent');
    const sent = link.nextMethod();
    const calling = invoke('silent', { methodName: 'm', responseTimeoutInSeconds: 5 });

    await sent;
    api.clock.advance(5000);
    const answer = await calling;

    expect(answer).toMatchObject({ status: 504, headers: { 'iothub-errorcode': 'GatewayTimeout' } });
    expect(nested(answer)).toMatchObject({ errorCode: 504101, message: 'Timed out waiting for the response from device.', info: {} });
  });

  test('A device that is lost during the call is 404103.', async () => {
    const { link, connection } = await connected('lost');
    const sent = link.nextMethod();
    const calling = invoke('lost');

    await sent;
    await connection.end();

    expect(nested(await calling)).toMatchObject({ errorCode: 404103 });
  });

  test('A device that answers with something that is no answer is 502.', async () => {
    const { link, connection } = await connected('broken');
    const sent = link.nextMethod();
    const calling = invoke('broken');

    const { requestId } = await sent;
    connection.answerMethod(requestId, { kind: 'refused', refusal: { code: 'GenericBadGateway', message: 'No JSON.' } });

    expect(await calling).toMatchObject({ status: 502, headers: { 'iothub-errorcode': 'GenericBadGateway' } });
  });

  test('More calls than may wait for one device are 403.', async () => {
    const { link, connection } = await connected('busy');
    const waiting = Array.from({ length: LIMITS.methodsInFlightPerDevice.value }, () => invoke('busy'));
    while (link.methods.length < waiting.length) await link.nextMethod();

    const answer = await invoke('busy');

    expect(answer).toMatchObject({ status: 403, headers: { 'iothub-errorcode': 'DeviceMaximumInflightMethodExceeded' } });
    expect(nested(answer).errorCode).toBe(403800);
    await connection.end();
    await Promise.all(waiting);
  });

  test.each([
    ['no body', undefined, 400005],
    ['no name', {}, 400004],
    ['an array', [], 400004],
    ['a response timeout below the shortest', { methodName: 'm', responseTimeoutInSeconds: 4 }, 400004],
    ['a response timeout above the longest', { methodName: 'm', responseTimeoutInSeconds: 301 }, 400004],
    ['a connect timeout above the response timeout', { methodName: 'm', connectTimeoutInSeconds: 31 }, 400004],
  ])('%s is 400 in the nested envelope.', async (_, body, errorCode) => {
    const answer = await api.call({ method: 'POST', path: '/twins/any/methods', body });

    expect(answer.status).toBe(400);
    expect(nested(answer).errorCode).toBe(errorCode);
  });

  test('A body that is no JSON is 400 in the nested envelope.', async () => {
    const answer = await api.call({ method: 'POST', path: '/twins/any/methods', bytes: '{' });

    expect(nested(answer).errorCode).toBe(400012);
  });

  test('A payload above its limit is 413, and so is a body above its own.', async () => {
    const payload = 'x'.repeat(LIMITS.methodPayloadBytes.value - 1);
    const tooLargeBody = { methodName: 'm', ignored: 'x'.repeat(LIMITS.methodBodyBytes.value) };

    expect(await invoke('any', { methodName: 'm', payload })).toMatchObject({ status: 413 });
    expect(nested(await invoke('any', tooLargeBody)).errorCode).toBe(413001);
  });

  test('A token that is not allowed is refused in the plain envelope, before the body is looked at.', async () => {
    const { status, json } = await api.call({ method: 'POST', path: '/twins/any/methods', policy: 'registryReadWrite', bytes: '{' });

    expect(status).toBe(401);
    expect(json.Message).toMatch(/^ErrorCode:IotHubUnauthorizedAccess;/);
  });
});
