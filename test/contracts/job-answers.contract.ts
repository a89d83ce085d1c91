// Goal: what whole queries of records of jobs answer in a store, page by page, is what their reference meaning answers.
// Method: records in every state with random answers, random queries as texts, read through the use case with pages of random size; the seed is printed.
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { answer } from '../../src/domain/query/answer.ts';
import { parseQuery } from '../../src/domain/query/parser.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { methodJob, twinJob } from '../support/job-builders.ts';
import { isDefinite, readAll, withoutRounding } from '../support/query/compare-answers.ts';
import { jobPath } from '../support/query/job-arbitraries.ts';
import { printQuery } from '../support/query/print-query.ts';
import { queriesOver } from '../support/query/queries-over.ts';
import { value } from '../support/query/query-arbitraries.ts';
import { queryOf } from '../support/query/whole-queries.ts';
import { NOON, timeAt } from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';
import { connectDevices, registerDevices, runJob } from '../support/stored-jobs.ts';

const CONNECTED = ['a', 'A', 'b', '1', 'device-1', 'device-2'];
const QUERIES = 400;

export function describeJobAnswers(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  /** Of three jobs most devices answer, one fails and one is away; the fourth one writes twins. */
  beforeAll(async () => {
    const { jobs } = stores();
    await connectDevices(stores(), CONNECTED);
    await registerDevices(stores(), ['away']);
    const payloads = fc.sample(value, { numRuns: 3 * CONNECTED.length, seed: 1 });
    for (const [index, jobId] of ['a', 'B', 'job-1'].entries()) {
      await runJob(stores(), methodJob(jobId), [...CONNECTED, 'away']);
      await jobs.claimCalls({ jobId, limit: CONNECTED.length, at: NOON });
      await jobs.recordOutcomes(
        CONNECTED.slice(index).map((deviceId, place) => ({
          jobId,
          deviceId,
          outcome:
            place === 0
              ? { kind: 'failed', error: { code: 'GatewayTimeout', description: 'Too late.' } }
              : { kind: 'answered', answer: { status: 200 + place, payload: payloads[index * CONNECTED.length + place] ?? null } },
        })),
        timeAt(13 * 60),
      );
    }
    await runJob(stores(), twinJob('b'), ['a', 'b']);
    await jobs.patchTwins({ jobId: 'b', limit: 1, at: timeAt(14 * 60) });
  });

  test('Answers what its reference meaning answers, whatever the size of its pages.', async () => {
    const queries = queriesOver(new FakeClock(), stores().queries);
    const documents = await readAll(queries, 'SELECT * FROM devices.jobs', 100);
    expect(documents).toHaveLength(3 * (CONNECTED.length + 1) + 2);
    const asked = fc.tuple(queryOf('devices.jobs', jobPath), fc.integer({ min: 1, max: 12 }));
    let found = 0;
    const property = fc.asyncProperty(asked, async ([query, pageSize]) => {
      const text = printQuery(query);
      expect(parseQuery(text)).toEqual(query);
      if (!isDefinite(query, documents)) return;
      const expected = answer(query, documents);
      const rows = await readAll(queries, text, pageSize);
      expect(withoutRounding(rows, { query, documents, expected }), text).toEqual(expected);
      found += rows.length;
    });

    const result = await fc.check(property, { numRuns: QUERIES, plugins: [fc.interruptAfterTimeLimit(60_000)] });

    console.log(`Compared ${found} rows of ${result.numRuns} queries, seed ${result.seed}.`);
    if (result.failed) throw new Error(`Seed ${result.seed}, path ${result.counterexamplePath ?? ''}.`, { cause: result.errorInstance });
    expect(found).toBeGreaterThan(QUERIES);
  }, 90_000);
}
