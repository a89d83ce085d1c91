// How doctor judges what a hub answers, or that there is none.
import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../../../src/cli/doctor/probes/protocols.ts';
import { judgeClock } from '../../../../src/cli/doctor/rules/clock.ts';
import { judgeHub, judgeMqtt, judgeReadiness, judgeSignIn, judgeVersions } from '../../../../src/cli/doctor/rules/hub.ts';
import type { Trace } from '../../../../src/cli/doctor/subject.ts';
import { loadConfig } from '../../../../src/config/load-config.ts';
import type { JsonValue } from '../../../../src/domain/json.ts';

function answer(status: number, body: JsonValue): HttpAnswer {
  return { kind: 'answer', status, body, hubMs: 0, nowMs: 0 };
}

describe('a data dir without a hub', () => {
  it.each<readonly [Trace, RegExp, RegExp]>([
    [{ kind: 'none' }, /^No hub runs from \/data\.$/, /^Start one with `twinhub start`/],
    [{ kind: 'left behind', pid: 4711 }, /process 4711/, /^Start it again/],
    [{ kind: 'without record' }, /does not say where it listens/, /^Wait until it is ready/],
    [{ kind: 'unreadable', reason: 'Cannot read hub.json (EACCES).' }, /EACCES/, /as the user who runs the hub/],
  ])('that shows %j', (trace, seen, advice) => {
    const config = loadConfig({ flags: { dataDir: '/data' }, env: {} });

    const verdict = judgeHub({ kind: 'stopped', config, trace });

    expect(verdict).toEqual({ state: 'failed', seen: expect.stringMatching(seen), advice: expect.stringMatching(advice) });
  });
});

describe('readiness', () => {
  it.each<readonly [HttpAnswer, string, RegExp]>([
    [answer(200, { status: 'ready' }), 'ok', /store reads and writes/],
    [answer(503, { status: 'unavailable', reason: 'The disk of the store is full.' }), 'failed', /disk of the store is full/],
    [answer(200, { hello: 'world' }), 'failed', /Something else than a twinhub/],
    [answer(503, null), 'failed', /Something else than a twinhub/],
    [{ kind: 'fault', fault: 'ETIMEDOUT' }, 'failed', /gave no answer \(ETIMEDOUT\)/],
  ])('by %j', (given, state, seen) => {
    expect(judgeReadiness(given)).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });
});

describe('a sign-in', () => {
  it.each<readonly [HttpAnswer, string, RegExp]>([
    [answer(200, {}), 'ok', /accepts policy service/],
    [
      answer(401, { Message: 'ErrorCode:IotHubUnauthorizedAccess;The signature is wrong.' }),
      'failed',
      /refuses policy service: The signature is wrong/,
    ],
    [answer(500, { Message: 'ErrorCode:ServerError;A fault.' }), 'failed', /^A fault\./],
    [{ kind: 'fault', fault: 'ECONNRESET' }, 'failed', /ECONNRESET/],
  ])('by %j', (given, state, seen) => {
    expect(judgeSignIn('service', given)).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });
});

describe('versions', () => {
  it.each([
    ['1.0.0', 'ok'],
    ['0.9.0', 'warning'],
    [undefined, 'skipped'],
  ])('of a hub %s beside a command line 1.0.0', (hub, state) => {
    expect(judgeVersions('1.0.0', hub).state).toBe(state);
  });
});

describe('MQTT', () => {
  it.each<readonly [Parameters<typeof judgeMqtt>[0], boolean, string]>([
    [{ kind: 'connack', returnCode: 2 }, false, 'ok'],
    [{ kind: 'connack', returnCode: 5 }, false, 'ok'],
    [{ kind: 'connack', returnCode: 3 }, false, 'failed'],
    [{ kind: 'connack', returnCode: 2 }, true, 'warning'],
    [{ kind: 'not mqtt' }, false, 'failed'],
    [{ kind: 'fault', fault: 'ERR_SSL_WRONG_VERSION_NUMBER' }, false, 'failed'],
    [{ kind: 'fault', fault: 'ETIMEDOUT' }, false, 'failed'],
  ])('by %j, with another certificate: %s', (given, showsOtherCertificate, state) => {
    expect(judgeMqtt(given, showsOtherCertificate).state).toBe(state);
  });
});

describe('the clock of a hub', () => {
  it.each([
    [0, 'ok', /agree/],
    [60, 'ok', /agree/],
    [61, 'warning', /61 seconds ahead of/],
    [-60, 'ok', /agree/],
    [-61, 'warning', /61 seconds behind/],
    [-100_000, 'warning', /27 hours behind/],
    [899, 'warning', /14 minutes ahead of/],
    [900, 'failed', /15 minutes ahead of .* before they renew/],
    [3599, 'failed', /before they renew/],
    [3600, 'failed', /60 minutes ahead of .* every token .* has expired/],
  ])('that is %d seconds ahead', (seconds, state, seen) => {
    expect(judgeClock(seconds * 1000, 0)).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });
});
