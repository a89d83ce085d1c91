// How every job store must find the records of devices. Goal: it finds what the reference meaning finds in their documents, in pages.
// Method: records in every state, conditions on every property, each compared with `evaluate`.
import { beforeAll, describe, expect, test } from 'vitest';
import { deviceJobDocument } from '../../src/domain/job/device-job-document.ts';
import type { Cursor } from '../../src/domain/query/cursor.ts';
import { parseQuery } from '../../src/domain/query/parser.ts';
import { evaluate } from '../../src/domain/query/evaluate.ts';
import type { DeviceJobPage } from '../../src/ports/query-store.ts';
import { methodJob, twinJob } from '../support/job-builders.ts';
import { NOON, timeAt } from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';
import { connectDevices, registerDevices, runJob } from '../support/stored-jobs.ts';

const LATER = timeAt(13 * 60);

export function describeJobQuery(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);
  const { signal } = new AbortController();

  /** In every state: pending, waiting, running, completed with and without an answer, failed, canceled. */
  beforeAll(async () => {
    const { jobs } = stores();
    await connectDevices(stores(), ['a', 'b', 'c', 'd']);
    await registerDevices(stores(), ['B', 'z']);
    await runJob(stores(), methodJob('job-b'), ['a', 'b', 'c', 'd', 'B', 'z']);
    await jobs.claimCalls({ jobId: 'job-b', limit: 5, at: NOON });
    const answer = { status: 200, payload: { level: 7, tags: ['x'], on: true, 'a.b': null } };
    await jobs.recordOutcomes(
      [
        { jobId: 'job-b', deviceId: 'a', outcome: { kind: 'answered', answer } },
        { jobId: 'job-b', deviceId: 'b', outcome: { kind: 'answered', answer: { status: 404, payload: null } } },
        { jobId: 'job-b', deviceId: 'c', outcome: { kind: 'failed', error: { code: 'GatewayTimeout', description: "It didn't." } } },
      ],
      LATER,
    );
    await runJob(stores(), twinJob('job-a'), ['a', 'b']);
    await jobs.patchTwins({ jobId: 'job-a', limit: 1, at: LATER });
    await runJob(stores(), twinJob('Job-c'), ['a']);
    await jobs.endUnsent({ jobId: 'Job-c', status: 'canceled', error: undefined, limit: 9, at: LATER });
  });

  async function find(text: string, page: { readonly after?: Cursor; readonly limit?: number } = {}): Promise<DeviceJobPage> {
    const condition = parseQuery(`SELECT * FROM devices.jobs WHERE ${text}`).where;
    return stores().queries.queryDeviceJobs({ condition, orderBy: [], after: page.after, limit: page.limit ?? 100 }, signal);
  }

  function shown({ records }: DeviceJobPage): readonly string[] {
    return records.map(({ record, kind }) => `${kind} ${record.jobId} ${record.deviceId} ${record.status}`);
  }

  const EVERYTHING = [
    'twinPatch Job-c a canceled',
    'twinPatch job-a a completed',
    'twinPatch job-a b pending',
    'method job-b B waiting',
    'method job-b a completed',
    'method job-b b completed',
    'method job-b c failed',
    'method job-b d running',
    'method job-b z pending',
  ];

  test.each([
    ["jobId = 'job-b'", 6],
    ["devices.jobs.jobId = 'Job-c'", 1],
    ["deviceId IN ['a', 'z']", 4],
    ["jobId = 'job-b' AND deviceId = 'a'", 1],
    ["jobType = 'scheduleUpdateTwin'", 3],
    ["status = 'pending'", 3],
    ["status = 'waiting'", 0],
    ["status != 'completed'", 6],
    ["status IN ['running', 'canceled']", 2],
    ['IS_DEFINED(startTimeUtc)', 5],
    ['NOT IS_DEFINED(endTimeUtc)', 4],
    [`endTimeUtc >= '${LATER}'`, 5],
    [`createdDateTimeUtc = '${NOON}'`, 9],
    [`lastUpdatedDateTimeUtc > '${NOON}'`, 5],
    ['IS_OBJECT(outcome)', 9],
    ['IS_DEFINED(outcome.deviceMethodResponse)', 2],
    ['outcome.deviceMethodResponse.status = 200', 1],
    ['outcome.deviceMethodResponse.status >= 200', 2],
    ['outcome.deviceMethodResponse.payload.level = 7', 1],
    ['outcome.deviceMethodResponse.payload.on', 1],
    ['IS_ARRAY(outcome.deviceMethodResponse.payload.tags)', 1],
    ["outcome.deviceMethodResponse.payload.tags[0] = 'x'", 1],
    ['IS_DEFINED(outcome.deviceMethodResponse.payload.tags[1])', 0],
    ['IS_DEFINED(outcome[0])', 0],
    ['IS_DEFINED(outcome.deviceMethodResponse[0])', 0],
    ['IS_DEFINED(error[0])', 0],
    ['IS_DEFINED(error.code[0])', 0],
    ['IS_DEFINED(jobId[0])', 0],
    ['IS_NULL(outcome.deviceMethodResponse.payload.[[a.b]])', 1],
    ['IS_NULL(outcome.deviceMethodResponse.payload)', 1],
    ['IS_OBJECT(error)', 1],
    ["error.code = 'GatewayTimeout'", 1],
    ["error.description = 'It didn''t.'", 1],
    ['IS_DEFINED(error.code.x)', 0],
    ['IS_DEFINED(outcome.other)', 0],
    ['IS_DEFINED(deviceId.x)', 0],
    ['IS_DEFINED(nothing)', 0],
    ['error = 7', 0],
    ['error != 7', 1],
    ['error != outcome.deviceMethodResponse.status', 0],
    ['NOT (error = outcome.deviceMethodResponse.status)', 0],
    ['outcome != outcome.deviceMethodResponse.status', 2],
    ['true', 9],
  ])('Finds by %s what the reference meaning finds.', async (text, count) => {
    const condition = parseQuery(`SELECT * FROM devices.jobs WHERE ${text}`).where;

    const found = await find(text);

    const all = await find('true');
    const expected = all.records.filter(({ record, kind }) => evaluate(condition, deviceJobDocument(record, kind)) === true);
    expect(found.records).toEqual(expected);
    expect(found.records).toHaveLength(count);
  });

  describe('pages', () => {
    test.each([1, 2, 4, 8, 9, 10])('of %i give every record once, by job id and device id, and the last one says so.', async (limit) => {
      const found: string[] = [];
      let pages = 0;
      let after: Cursor | undefined;
      do {
        const page = await find('true', { limit, ...(after !== undefined && { after }) });
        found.push(...shown(page));
        after = page.next;
        pages += 1;
      } while (after !== undefined);

      expect(found).toEqual(EVERYTHING);
      expect(pages).toBe(Math.ceil(EVERYTHING.length / limit));
    });

    test('of nothing is the last one.', async () => {
      expect(await find('false')).toEqual({ records: [], next: undefined });
    });
  });

  test('A query that was given up rejects with the reason.', async () => {
    const condition = parseQuery('SELECT * FROM devices.jobs').where;
    const controller = new AbortController();
    const query = stores().queries.queryDeviceJobs({ condition, orderBy: [], after: undefined, limit: 9 }, controller.signal);

    controller.abort(new Error('Enough.'));

    await expect(query).rejects.toThrow('Enough.');
    await expect(
      stores().queries.queryDeviceJobs({ condition, orderBy: [], after: undefined, limit: 9 }, controller.signal),
    ).rejects.toThrow('Enough.');
  });
}
