// Runs the suite of whole queries on PostgreSQL.
import { describe } from 'vitest';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { describeAnswers } from '../../../support/query/describe-answers.ts';
import { sharePostgresQueries } from '../../../support/query/postgres-queries.ts';

describe.skipIf(NO_POSTGRES)('a query on PostgreSQL', () => {
  describeAnswers(sharePostgresQueries(sharePostgres()));
});
