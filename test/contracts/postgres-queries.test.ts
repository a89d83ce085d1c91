// Runs the contracts of queries on PostgreSQL.
import { describe } from 'vitest';
import { Database } from '../../src/stores/postgres/database.ts';
import type { PostgresPlace } from '../../src/stores/postgres/driver.ts';
import { openPostgresStore } from '../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../src/system/system-clock.ts';
import { NO_POSTGRES, sharePostgres } from '../support/postgres.ts';
import type { NewPlace } from '../support/store-place.ts';
import { describeJobAnswers } from './job-answers.contract.ts';
import { describeJobQuery } from './job-query.contract.ts';
import { describeQueryFreshness } from './query-freshness.contract.ts';
import { describeQueryExplain } from './query-explain.contract.ts';
import { describeQueryGroups } from './query-groups.contract.ts';
import { describeQueryStore } from './query-store.contract.ts';

describe.skipIf(NO_POSTGRES)('The PostgreSQL store', () => {
  const newSchema = sharePostgres();

  let latest: PostgresPlace | undefined;

  const newPlace: NewPlace = () => {
    const place = newSchema();
    latest = place;
    return Promise.resolve({ open: () => openPostgresStore(place, systemClock) });
  };

  describe('of queries', () => {
    describeQueryStore(newPlace);
  });
  describe('of queries beside writes', () => {
    describeQueryFreshness(newPlace);
  });
  describe('of groups and orders', () => {
    describeQueryGroups(newPlace);
  });
  describe('of explanations', () => {
    describeQueryExplain(newPlace, () => analyze(latest));
  });
  describe('of queries of jobs', () => {
    describeJobQuery(newPlace);
  });
  describe('of whole queries of the records of jobs', () => {
    describeJobAnswers(newPlace);
  });
});

/** As PostgreSQL does by itself after a minute, but for a server of tests. */
async function analyze(place: PostgresPlace | undefined): Promise<void> {
  if (!place) return;
  const database = new Database(place);
  await database.transaction((writer) => writer.runScript('analyze'));
  await database.close();
}
