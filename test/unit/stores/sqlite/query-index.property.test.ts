// Runs the suites of conditions and whole queries on SQLite with indexes, which change nothing of what is found.
import { afterAll, describe, expect, it } from 'vitest';
import { compileCondition } from '../../../../src/stores/sqlite/query-compiler.ts';
import { truthsIn } from '../../../support/query/sqlite-truths.ts';
import { describeAnswers } from '../../../support/query/describe-answers.ts';
import { describeConditions } from '../../../support/query/describe-conditions.ts';
import { INDEXED_PATHS } from '../../../support/query/indexed-paths.ts';
import { openSqliteQueries } from '../../../support/query/sqlite-queries.ts';

const database = openSqliteQueries(INDEXED_PATHS);
afterAll(() => database.close());

describe('with indexes on SQLite', () => {
  describe('a condition', () => {
    describeConditions(() => ({
      ...database,
      truthsOf: (conditions) => Promise.resolve(truthsIn(database.connection, conditions)),
      sqlOf: (condition) => compileCondition(condition).sql,
    }));
  });

  describe('a query', () => {
    describeAnswers(() => database);
  });

  it('each twin has one entry in each index of its collection', () => {
    const sizes = database.connection.read((reader) => ({
      twins: reader.row<{ readonly n: number }>(`select count(*) as n from twins where module_id = ''`)?.n,
      entries: reader.row<{ readonly n: number }>('select count(*) as n from twin_index_1')?.n,
    }));

    expect(sizes.entries).toBe(sizes.twins);
  });
});
