// Runs the contracts of queries on PostgreSQL.
import { describe } from 'vitest';
import type { Stores } from '../../src/ports/stores.ts';
import { openPostgresStore } from '../../src/stores/postgres/open-postgres-store.ts';
import { NO_POSTGRES, sharePostgres } from '../support/postgres.ts';
import type { NewPlace } from '../support/store-place.ts';
import { describeQueryGroups } from './query-groups.contract.ts';
import { describeQueryStore } from './query-store.contract.ts';

describe.skipIf(NO_POSTGRES)('The PostgreSQL store', () => {
  const newSchema = sharePostgres();

  const newPlace: NewPlace = () => {
    const place = newSchema();
    // These suites call no port that is missing.
    return Promise.resolve({ open: () => openPostgresStore(place) as Promise<Stores> });
  };

  describe('of queries', () => {
    describeQueryStore(newPlace);
  });
  describe('of groups and orders', () => {
    describeQueryGroups(newPlace);
  });
});
