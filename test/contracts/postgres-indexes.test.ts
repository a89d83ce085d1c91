// Runs the contract of indexes on PostgreSQL.
import { describe } from 'vitest';
import { openPostgresStore } from '../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../src/system/system-clock.ts';
import { NO_POSTGRES, sharePostgres } from '../support/postgres.ts';
import type { NewPlace } from '../support/store-place.ts';
import { describeIndexEntries } from './index-entries.contract.ts';
import { describeIndexStore } from './index-store.contract.ts';

describe.skipIf(NO_POSTGRES)('The PostgreSQL store of indexes', () => {
  const newSchema = sharePostgres();

  const newPlace: NewPlace = () => {
    const place = newSchema();
    return Promise.resolve({ open: () => openPostgresStore(place, systemClock) });
  };
  describeIndexStore(newPlace);
  describeIndexEntries(newPlace);
});
