// How queries are exercised.
import { LIMITS } from '../../../src/domain/limits.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { queriesOver } from '../../support/query/queries-over.ts';
import { itemTypeOf } from '../answer-faults.ts';
import { refused, type Subjects, succeeds } from '../case.ts';
import { type Request, openScene, type Scene } from '../scene.ts';
import { endedJob } from './jobs.ts';

function asking(query: string): () => Request {
  return () => ({ body: { query } });
}

/** A query of exactly that many characters, which is valid. */
function queryOf(chars: number): string {
  const start = "SELECT * FROM devices WHERE deviceId = '";
  return `${start}${'x'.repeat(chars - start.length - 1)}'`;
}

/** A hub whose store looks for ever, and whose clock then moves on. */
function slowScene(): Promise<Scene> {
  const clock = new FakeClock();
  const forEver = async (signal: AbortSignal): Promise<never> => {
    clock.advance(LIMITS.querySeconds.value * 1000);
    signal.throwIfAborted();
    return new Promise(() => undefined);
  };
  const queries = queriesOver(clock, { queryTwinDocuments: (_from, _query, signal) => forEver(signal) });
  return openScene((hub) => ({ ...hub, queries }));
}

export const QUERY_SUBJECTS: Subjects = {
  Query_GetTwins: {
    async valid({ device }, id) {
      await device(id);
      return { body: { query: `SELECT * FROM devices WHERE deviceId = '${id}'` } };
    },
    bodyBytes: LIMITS.queryBodyBytes.value,
    properties: { empty: { query: { code: 'ArgumentNull' } } },
    cases: [
      succeeds(
        'twins',
        async ({ device }) => {
          const { deviceId } = await device();
          return { body: { query: `SELECT * FROM devices WHERE deviceId = '${deviceId}'` } };
        },
        { of: (answer) => [itemTypeOf(answer), answer.json.length], is: ['Twin', 1] },
      ),
      succeeds(
        'columns',
        async ({ device }) => {
          const { deviceId } = await device();
          return { body: { query: `SELECT deviceId, status AS state FROM devices WHERE deviceId = '${deviceId}'` } };
        },
        { of: (answer) => [itemTypeOf(answer), answer.json.map(Object.keys)], is: ['Raw', [['deviceId', 'state']]] },
      ),
      succeeds(
        'twins of modules',
        async (scene) => {
          const { deviceId, moduleId } = await scene.module();
          await scene.module({ moduleId });
          return { body: { query: `SELECT * FROM devices.modules WHERE deviceId = '${deviceId}' AND moduleId = '${moduleId}'` } };
        },
        {
          of: (answer) => [itemTypeOf(answer), answer.json.map((twin: object) => ['deviceId', 'moduleId'].every((name) => name in twin))],
          is: ['Twin', [true]],
        },
      ),
      succeeds(
        'columns of modules',
        async (scene) => {
          const { deviceId, moduleId } = await scene.module();
          return {
            body: {
              query: `SELECT moduleId, connectionState AS state FROM devices.modules WHERE deviceId = '${deviceId}' AND devices.modules.moduleId = '${moduleId}'`,
            },
          };
        },
        {
          of: (answer) => [
            itemTypeOf(answer),
            answer.json.map(({ state, ...ids }: Readonly<Record<string, string>>) => [state, Object.keys(ids)]),
          ],
          is: ['Raw', [['Disconnected', ['moduleId']]]],
        },
      ),
      ...(['methodAnswered', 'methodFailed', 'twinPatched'] as const).map((kind) =>
        succeeds(
          `records of a job (${kind})`,
          async (scene) => ({ body: { query: `SELECT * FROM devices.jobs WHERE jobId = '${await endedJob(scene, kind)}'` } }),
          {
            of: (answer) => [itemTypeOf(answer), answer.json.length, answer.json[0].error?.code],
            is: ['DeviceJob', 1, kind === 'methodFailed' ? 'JobRunPreconditionFailed' : undefined],
          },
        ),
      ),
      succeeds('a query that finds nothing', asking('SELECT * FROM devices WHERE false'), { of: ({ json }) => json, is: [] }),
      succeeds('the longest query', asking(queryOf(LIMITS.queryChars.value))),
      refused('ArgumentInvalid', 'a longer query', asking(queryOf(LIMITS.queryChars.value + 1))),
      refused('ArgumentInvalid', 'a query that does not parse', asking('SELECT FROM devices')),
      refused('ArgumentInvalid', 'a collection that is not there', asking('SELECT * FROM devices.configurations')),
      refused('ArgumentInvalid', 'a query that is no string', () => ({ body: { query: 1 } })),
      refused('ArgumentNull', 'no query', () => ({ body: {} })),
      { ...refused('RequestTimedOut', 'a query that takes too long', asking('SELECT * FROM devices')), place: slowScene },
    ],
  },
};
