// Runs the contracts of the stores on PostgreSQL, but those of jobs and queries, which stand in files of their own.
import { describe } from 'vitest';
import { openPostgresStore } from '../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../src/system/system-clock.ts';
import { NO_POSTGRES, sharePostgres } from '../support/postgres.ts';
import type { NewPlace } from '../support/store-place.ts';
import { describeAudit } from './audit.contract.ts';
import { describeBulkWrites } from './bulk-writes.contract.ts';
import { describeCaCertificateStore } from './ca-certificate-store.contract.ts';
import { describeChangeFeed } from './change-feed.contract.ts';
import { describeConnections } from './connections.contract.ts';
import { describeDeviceStore } from './device-store.contract.ts';
import { describeModuleStore } from './module-store.contract.ts';
import { describePolicyStore } from './policy-store.contract.ts';
import { describeStores } from './stores.contract.ts';
import { describeSubscriptionStore } from './subscription-store.contract.ts';
import { describeTwinConcurrency } from './twin-concurrency.contract.ts';
import { describeTwinMerging } from './twin-merging.contract.ts';
import { describeTwinStore } from './twin-store.contract.ts';

describe.skipIf(NO_POSTGRES)('The PostgreSQL store', () => {
  const newSchema = sharePostgres();

  const newPlace: NewPlace = () => {
    const place = newSchema();
    return Promise.resolve({ open: () => openPostgresStore(place, systemClock) });
  };

  describe('as a whole', () => {
    describeStores(newPlace);
  });
  describe('of devices', () => {
    describeDeviceStore(newPlace);
  });
  describe('of modules', () => {
    describeModuleStore(newPlace);
  });
  describe('of bulk writes', () => {
    describeBulkWrites(newPlace);
  });
  describe('of connections', () => {
    describeConnections(newPlace);
  });
  describe('of twins', () => {
    describeTwinStore(newPlace);
  });
  describe('of twins that are merged', () => {
    describeTwinMerging(newPlace);
  });
  describe('of twins under many callers', () => {
    describeTwinConcurrency(newPlace);
  });
  describe('of policies', () => {
    describePolicyStore(newPlace);
  });
  describe('of CA certificates', () => {
    describeCaCertificateStore(newPlace);
  });
  describe('of subscriptions', () => {
    describeSubscriptionStore(newPlace);
  });
  describe('of the audit', () => {
    describeAudit(newPlace);
  });
  describe('of changes', () => {
    describeChangeFeed(newPlace);
  });
});
