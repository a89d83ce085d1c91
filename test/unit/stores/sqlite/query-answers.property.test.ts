// Runs the suite of whole queries on SQLite.
import { afterAll, describe } from 'vitest';
import { describeAnswers } from '../../../support/query/describe-answers.ts';
import { openSqliteQueries } from '../../../support/query/sqlite-queries.ts';

const database = openSqliteQueries();
afterAll(() => database.close());

describe('a query on SQLite', () => {
  describeAnswers(() => database);
});
