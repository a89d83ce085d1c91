// Runs the contracts of the stores on SQLite.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { openSqliteStore } from '../../src/stores/sqlite/open-sqlite-store.ts';
import { systemStopwatch } from '../../src/system/system-stopwatch.ts';
import type { NewPlace } from '../support/store-place.ts';
import { describeAudit } from './audit.contract.ts';
import { describeBulkWrites } from './bulk-writes.contract.ts';
import { describeCaCertificateStore } from './ca-certificate-store.contract.ts';
import { describeChangeFeed } from './change-feed.contract.ts';
import { describeConnections } from './connections.contract.ts';
import { describeDeviceStore } from './device-store.contract.ts';
import { describeIndexEntries } from './index-entries.contract.ts';
import { describeIndexStore } from './index-store.contract.ts';
import { describeJobClaims } from './job-claims.contract.ts';
import { describeJobExpansion } from './job-expansion.contract.ts';
import { describeJobLife } from './job-life.contract.ts';
import { describeJobOutcomes } from './job-outcomes.contract.ts';
import { describeJobAnswers } from './job-answers.contract.ts';
import { describeJobQuery } from './job-query.contract.ts';
import { describeJobStore } from './job-store.contract.ts';
import { describeJobTwins } from './job-twins.contract.ts';
import { describeModuleStore } from './module-store.contract.ts';
import { describePolicyStore } from './policy-store.contract.ts';
import { describeQueryFreshness } from './query-freshness.contract.ts';
import { describeQueryExplain } from './query-explain.contract.ts';
import { describeQueryGroups } from './query-groups.contract.ts';
import { describeQueryStore } from './query-store.contract.ts';
import { describeStores } from './stores.contract.ts';
import { describeSubscriptionStore } from './subscription-store.contract.ts';
import { describeTwinConcurrency } from './twin-concurrency.contract.ts';
import { describeTwinMerging } from './twin-merging.contract.ts';
import { describeTwinStore } from './twin-store.contract.ts';

describe('The SQLite store', () => {
  let folder = '';
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinhub-contracts-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Two readers, so that a read may meet either. */
  const newPlace: NewPlace = () => {
    files += 1;
    const path = join(folder, `${files}.db`);
    return Promise.resolve({ open: () => openSqliteStore({ path, durability: 'full', readers: 2, stopwatch: systemStopwatch }) });
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
  describe('of queries', () => {
    describeQueryStore(newPlace);
  });
  describe('of queries beside writes', () => {
    describeQueryFreshness(newPlace);
  });
  describe('of groups and orders', () => {
    describeQueryGroups(newPlace);
  });
  describe('of indexes', () => {
    describeIndexStore(newPlace);
    describeIndexEntries(newPlace);
  });
  describe('of explanations', () => {
    describeQueryExplain(newPlace, () => Promise.resolve());
  });
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
  describe('of queries of jobs', () => {
    describeJobQuery(newPlace);
  });
  describe('of whole queries of the records of jobs', () => {
    describeJobAnswers(newPlace);
  });
  describe('of jobs in any order', () => {
    describeJobLife(newPlace);
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
