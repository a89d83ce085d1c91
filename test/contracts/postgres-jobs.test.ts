// Runs the contracts of jobs on PostgreSQL.
import { describe } from 'vitest';
import { openPostgresStore } from '../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../src/system/system-clock.ts';
import { NO_POSTGRES, sharePostgres } from '../support/postgres.ts';
import type { NewPlace } from '../support/store-place.ts';
import { describeJobClaims } from './job-claims.contract.ts';
import { describeJobExpansion } from './job-expansion.contract.ts';
import { describeJobLife } from './job-life.contract.ts';
import { describeJobOutcomes } from './job-outcomes.contract.ts';
import { describeJobStore } from './job-store.contract.ts';
import { describeJobTwins } from './job-twins.contract.ts';

describe.skipIf(NO_POSTGRES)('The PostgreSQL store', () => {
  const newSchema = sharePostgres();

  const newPlace: NewPlace = () => {
    const place = newSchema();
    return Promise.resolve({ open: () => openPostgresStore(place, systemClock) });
  };

  describe('of jobs', () => {
    describeJobStore(newPlace);
  });
  describe('of the devices of jobs', () => {
    describeJobExpansion(newPlace);
  });
  describe('of the calls of jobs', () => {
    describeJobClaims(newPlace);
  });
  describe('of the outcomes of jobs', () => {
    describeJobOutcomes(newPlace);
  });
  describe('of the twins of jobs', () => {
    describeJobTwins(newPlace);
  });
  describe('of jobs in any order', () => {
    describeJobLife(newPlace);
  });
});
