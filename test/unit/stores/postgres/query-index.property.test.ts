// Runs the suites of conditions and whole queries on PostgreSQL with indexes, which change nothing of what is found.
import { describe, expect, it } from 'vitest';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { describeAnswers } from '../../../support/query/describe-answers.ts';
import { type ConditionDatabase, describeConditions } from '../../../support/query/describe-conditions.ts';
import { INDEXED_PATHS } from '../../../support/query/indexed-paths.ts';
import { sharePostgresQueries } from '../../../support/query/postgres-queries.ts';
import { postgresSqlOf, postgresTruths } from '../../../support/query/postgres-truths.ts';

describe.skipIf(NO_POSTGRES)('with indexes on PostgreSQL', () => {
  const opened = sharePostgresQueries(sharePostgres(), INDEXED_PATHS);

  describe('a condition', () => {
    describeConditions((): ConditionDatabase => {
      const { database, store, fill } = opened();
      return { store, fill, truthsOf: (conditions) => postgresTruths(database, conditions), sqlOf: postgresSqlOf };
    });
  });

  describe('a query', () => {
    describeAnswers(opened);
  });

  it('each twin has one entry in each index of its collection', async () => {
    const sizes = await opened().database.row<{ readonly twins: number; readonly entries: number }>(
      `select (select count(*) from twins where module_id = '') as twins, (select count(*) from twin_index_1) as entries`,
    );

    expect(sizes?.entries).toBe(sizes?.twins);
  });
});
