// Bodies of requests for jobs.
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import type { Job } from '../../../../src/domain/job/job.ts';
import { parseJobRequest } from '../../../../src/domain/job/parse-job-request.ts';
import { NOON } from '../../../support/store-builders.ts';
import { refusalOf } from '../refusal.ts';

const NOW_MS = Date.parse(NOON);
const HOUR_MS = 3_600_000;

const methodBody = {
  type: 'scheduleDeviceMethod',
  cloudToDeviceMethod: { methodName: 'lockDoor' },
  queryCondition: "deviceId IN ['door-1']",
};
const twinBody = { type: 'scheduleUpdateTwin', updateTwin: { etag: '*', tags: {} }, queryCondition: '*' };

const parse = (body: JsonValue, jobId = 'job-1'): Job => parseJobRequest({ jobId, body, nowMs: NOW_MS });
const parseMethod = (fields: JsonObject): Job => parse({ ...methodBody, ...fields });
const codeOf = (body: JsonValue, jobId?: string): string => refusalOf(() => parse(body, jobId)).code;

describe('parseJobRequest', () => {
  it('reads what the SDK sends for a method job', () => {
    const body = {
      jobId: 'job-1',
      type: 'scheduleDeviceMethod',
      cloudToDeviceMethod: { methodName: 'lockDoor', payload: null, responseTimeoutInSeconds: 15 },
      startTime: NOON,
      maxExecutionTimeInSeconds: 300,
      queryCondition: "deviceId IN ['door-1']",
    };

    expect(parse(body)).toEqual({
      jobId: 'job-1',
      work: { kind: 'method', methodName: 'lockDoor', payload: null, responseTimeoutSeconds: 15 },
      condition: "deviceId IN ['door-1']",
      createdTime: NOON,
      startTime: NOON,
      maxExecutionTimeSeconds: 300,
      status: 'queued',
      expansion: { kind: 'open', afterDeviceId: undefined },
      endTime: undefined,
      failureReason: undefined,
    });
  });

  it('reads what the SDK sends for a twin job', () => {
    const updateTwin = { etag: '*', properties: { desired: { building: '43', floor: 3 } } };

    expect(parse({ ...twinBody, jobId: 'job-1', updateTwin, startTime: null }).work).toEqual({
      kind: 'twinPatch',
      tags: undefined,
      desired: { building: '43', floor: 3 },
    });
  });

  it('fills in a null payload, the default timeout and the default window', () => {
    expect(parse(methodBody)).toMatchObject({ work: { payload: null, responseTimeoutSeconds: 30 }, maxExecutionTimeSeconds: 3600 });
  });

  it.each([[null], [[]], ['text']])('refuses the body %j', (body) => {
    expect(codeOf(body)).toBe('ArgumentInvalid');
  });

  describe('ids', () => {
    it.each(['a', 'JOB-1', "it's-1", '7f0c61c3-4f2d-4f39-a0a0-7f3d6b0f7a51', 'x'.repeat(64)])('accepts %s', (jobId) => {
      expect(parse(methodBody, jobId).jobId).toBe(jobId);
    });

    it.each(['', 'query', 'a_b', 'a b', 'a/b', 'ü', 'a.b', 'x'.repeat(65)])('refuses "%s"', (jobId) => {
      expect(codeOf(methodBody, jobId)).toBe('ArgumentInvalid');
    });

    it('refuses a body that names another job than the path', () => {
      expect(codeOf({ ...methodBody, jobId: 'job-2' })).toBe('ArgumentInvalid');
    });
  });

  describe('types', () => {
    it.each(['scheduleTwinUpdate', 'import', undefined, 7].map((type) => [type]))('refuses the type %j', (type) => {
      expect(codeOf({ ...methodBody, ...(type === undefined ? { type: null } : { type }) })).toBe('GenericBadRequest');
    });

    it.each([
      ['scheduleDeviceMethod', 'cloudToDeviceMethod'],
      ['scheduleUpdateTwin', 'updateTwin'],
    ])('refuses %s without %s', (type, field) => {
      const refusal = refusalOf(() => parse({ type, queryCondition: '*' }));

      expect(refusal).toMatchObject({ code: 'ArgumentNull', message: `'${field}' is missing.` });
    });

    it('refuses a method as a direct call would', () => {
      expect(codeOf({ ...methodBody, cloudToDeviceMethod: { methodName: 'a/b' } })).toBe('ArgumentInvalid');
      expect(codeOf({ ...methodBody, cloudToDeviceMethod: { methodName: 'a', responseTimeoutInSeconds: 301 } })).toBe('ArgumentInvalid');
      expect(codeOf({ ...methodBody, cloudToDeviceMethod: { methodName: 'a', payload: 'x'.repeat(128 * 1024) } })).toBe('MessageTooLarge');
    });
  });

  describe('twin patches', () => {
    it.each([{ tags: {} }, { etag: 'AAAAAAAAAAE=', tags: {} }, { etag: null, tags: {} }])(
      'refuses %j in the words of the service',
      (updateTwin) => {
        expect(refusalOf(() => parse({ ...twinBody, updateTwin }))).toMatchObject({
          code: 'ArgumentInvalid',
          message:
            "Missing or invalid etag for job type ScheduleUpdateTwin. ScheduleUpdateTwin job type is a force update, which only accepts '*' as the Etag.",
        });
      },
    );

    it('keeps null, which removes a key or clears desired properties', () => {
      const { work } = parse({ ...twinBody, updateTwin: { etag: '*', tags: { old: null }, properties: { desired: null } } });

      expect(work).toEqual({ kind: 'twinPatch', tags: { old: null }, desired: null });
    });

    it('ignores reported properties', () => {
      const { work } = parse({ ...twinBody, updateTwin: { etag: '*', tags: { a: 1 }, properties: { reported: { b: 2 } } } });

      expect(work).toEqual({ kind: 'twinPatch', tags: { a: 1 }, desired: undefined });
    });

    it.each([{ tags: { 'a.b': 1 } }, { properties: { desired: { $x: 1 } } }, { properties: 1 }, { tags: 'x' }])(
      'refuses %j',
      (sections) => {
        expect(codeOf({ ...twinBody, updateTwin: { etag: '*', ...sections } })).toBe('ArgumentInvalid');
      },
    );

    it('refuses a patch that is no object', () => {
      expect(codeOf({ ...twinBody, updateTwin: '*' })).toBe('ArgumentInvalid');
    });
  });

  describe('conditions', () => {
    it('takes any text, also one that does not parse', () => {
      expect(parseMethod({ queryCondition: 'WHERE nonsense' }).condition).toBe('WHERE nonsense');
    });

    it.each([[null], [''], [' \n']])('refuses %j, so that nobody means every device by mistake', (queryCondition) => {
      expect(codeOf({ ...methodBody, queryCondition })).toBe('ArgumentNull');
    });

    it('accepts 8192 characters and no more', () => {
      expect(parseMethod({ queryCondition: 'x'.repeat(8192) }).condition).toHaveLength(8192);
      expect(codeOf({ ...methodBody, queryCondition: 'x'.repeat(8193) })).toBe('ArgumentInvalid');
    });

    it('refuses what is no text', () => {
      expect(codeOf({ ...methodBody, queryCondition: 7 })).toBe('ArgumentInvalid');
    });
  });

  describe('start', () => {
    it.each([[undefined], [null], ['2020-01-01T00:00:00Z']])('of %j is this moment', (startTime) => {
      expect(parseMethod(startTime === undefined ? {} : { startTime }).startTime).toBe(NOON);
    });

    it.each([
      ['2026-01-01T15:00:00.5Z', '2026-01-01T15:00:00.500Z'],
      ['2026-01-01T15:00:00.1234567Z', '2026-01-01T15:00:00.123Z'],
      ['2026-01-01T15:00:00', '2026-01-01T15:00:00.000Z'],
      ['2026-01-01T15:00', '2026-01-01T15:00:00.000Z'],
      ['2026-01-01T15:00:00+02:00', '2026-01-01T13:00:00.000Z'],
    ])('of %s is %s', (startTime, expected) => {
      expect(parseMethod({ startTime }).startTime).toBe(expected);
    });

    it('may be 168 hours ahead and no more', () => {
      const latest = new Date(NOW_MS + 168 * HOUR_MS).toISOString();

      expect(parseMethod({ startTime: latest }).startTime).toBe(latest);
      expect(codeOf({ ...methodBody, startTime: new Date(NOW_MS + 168 * HOUR_MS + 1).toISOString() })).toBe('ArgumentInvalid');
    });

    it.each([['tomorrow'], ['2026-01-01'], ['2026-13-01T00:00:00Z'], [7], [{}]])('refuses %j', (startTime) => {
      expect(codeOf({ ...methodBody, startTime })).toBe('ArgumentInvalid');
    });
  });

  describe('window', () => {
    it.each([1, 172_800, 31_536_000])('accepts %j seconds', (seconds) => {
      expect(parseMethod({ maxExecutionTimeInSeconds: seconds }).maxExecutionTimeSeconds).toBe(seconds);
    });

    it.each([[0], [-1], [31_536_001], [1.5], ['300']])('refuses %j', (seconds) => {
      expect(codeOf({ ...methodBody, maxExecutionTimeInSeconds: seconds })).toBe('ArgumentInvalid');
    });
  });
});
