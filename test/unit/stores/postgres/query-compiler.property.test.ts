// Runs the suite of conditions on PostgreSQL, whose compiler it holds to the reference meaning.
import { describe } from 'vitest';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { type ConditionDatabase, describeConditions } from '../../../support/query/describe-conditions.ts';
import { sharePostgresQueries } from '../../../support/query/postgres-queries.ts';
import { postgresSqlOf, postgresTruths } from '../../../support/query/postgres-truths.ts';

describe.skipIf(NO_POSTGRES)('a condition on PostgreSQL', () => {
  const queries = sharePostgresQueries(sharePostgres());

  describeConditions((): ConditionDatabase => {
    const { database, store, fill } = queries();
    return { store, fill, truthsOf: (conditions) => postgresTruths(database, conditions), sqlOf: postgresSqlOf };
  });
});
