// What twinhub adds under /hub: health and status.
import { describe, expect, test } from 'vitest';
import { HubError } from '../../../../src/domain/errors.ts';
import { principalOf, RecordingLink } from '../../../support/open-hub.ts';
import { openHttpApi } from './open-http-api.ts';

describe('health', () => {
  test('live and ready answer 200 without sign-in and without an api-version.', async () => {
    await using api = await openHttpApi();

    const live = await api.call({ path: '/hub/health/live?', authorization: null });
    const ready = await api.call({ path: '/hub/health/ready?', authorization: null });

    expect(live).toMatchObject({ status: 200, json: { status: 'live' } });
    expect(ready).toMatchObject({ status: 200, json: { status: 'ready' } });
  });

  test('ready is 503 with the reason when the store is not, and live stays 200.', async () => {
    await using api = await openHttpApi();
    await api.stores.close();

    const live = await api.call({ path: '/hub/health/live' });
    const ready = await api.call({ path: '/hub/health/ready' });

    expect(live.status).toBe(200);
    expect(ready).toMatchObject({ status: 503, json: { status: 'unavailable', reason: expect.stringMatching(/\w/) } });
  });

  test('A store that is closed makes other calls ServiceUnavailable.', async () => {
    await using api = await openHttpApi();
    await api.stores.close();

    const { status, json } = await api.call({ path: '/devices/lamp' });

    expect(status).toBe(503);
    expect(json.Message).toMatch(/^ErrorCode:ServiceUnavailable;/);
  });

  test('A bug in the check is no reason that is told to strangers.', async () => {
    await using api = await openHttpApi((hub) => ({ ...hub, checkReady: () => Promise.reject(new Error('secret detail')) }));

    const { status, text } = await api.call({ path: '/hub/health/ready', authorization: null });

    expect(status).toBe(500);
    expect(text).not.toContain('secret detail');
  });
});

describe('status', () => {
  test('tells version, names, connected devices and telemetry.', async () => {
    await using api = await openHttpApi();
    await api.hub.connections.connect(principalOf(await api.createDevice('lamp')), new RecordingLink());
    api.hub.telemetry.accept(10);
    api.hub.telemetry.accept(5);

    const { status, json } = await api.call({ path: '/hub/status?', policy: 'registryRead' });

    expect(status).toBe(200);
    expect(json).toEqual({
      version: '1.2.3',
      hostNames: ['localhost', 'hub.example.com'],
      connectedDevices: 1,
      telemetry: { messages: 2, bytes: 15 },
    });
  });
});

test('A refusal that a use case makes comes through as it is.', async () => {
  await using api = await openHttpApi((hub) => ({
    ...hub,
    checkReady: () => Promise.reject(new HubError('ServiceUnavailable', 'Stopping.')),
  }));

  expect(await api.call({ path: '/hub/health/ready' })).toMatchObject({ status: 503, json: { reason: 'Stopping.' } });
});
