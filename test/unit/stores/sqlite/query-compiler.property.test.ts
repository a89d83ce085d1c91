// Runs the suite of conditions on SQLite, whose compiler it holds to the reference meaning.
import { afterAll, describe } from 'vitest';
import { compileCondition } from '../../../../src/stores/sqlite/query-compiler.ts';
import { describeConditions } from '../../../support/query/describe-conditions.ts';
import { openSqliteQueries } from '../../../support/query/sqlite-queries.ts';
import { truthsIn } from '../../../support/query/sqlite-truths.ts';

const database = openSqliteQueries();
afterAll(() => database.close());

describe('a condition on SQLite', () => {
  describeConditions(() => ({
    ...database,
    truthsOf: (conditions) => Promise.resolve(truthsIn(database.connection, conditions)),
    sqlOf: (condition) => compileCondition(condition).sql,
  }));
});
