// The use case of queries over a stand-in for the store.
import type { TwinIndex } from '../../../src/domain/query/index/twin-index.ts';
import { ContinuationTokens } from '../../../src/hub/continuation-tokens.ts';
import { IndexUses } from '../../../src/hub/index-uses.ts';
import { Queries } from '../../../src/hub/queries.ts';
import { ScannedPaths } from '../../../src/hub/scanned-paths.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { QueryStore } from '../../../src/ports/query-store.ts';
import { createSigner } from '../../../src/system/signer.ts';
import { systemStopwatch } from '../../../src/system/system-stopwatch.ts';

/** @param store what is asked of it; it finds nothing where it is asked for something else. */
export function queriesOver(
  clock: Clock,
  store: Partial<QueryStore> = {},
  {
    strict = false,
    scans = new ScannedPaths(clock),
    uses = new IndexUses(),
    indexes = [] as readonly TwinIndex[],
    stopwatch = systemStopwatch,
  } = {},
): Queries {
  const keys = { primaryKey: btoa('0123456789abcdef'), secondaryKey: btoa('fedcba9876543210') };
  const policies = { get: () => ({ name: 'iothubowner', permissions: [], keys }) };
  return new Queries({
    stores: { queries: { ...EMPTY, ...store }, indexes: { listIndexes: () => Promise.resolve(indexes) } },
    tokens: new ContinuationTokens({ signer: createSigner(), policies }),
    clock,
    stopwatch,
    strict,
    scans,
    uses,
  });
}

const EMPTY: QueryStore = {
  queryTwins: () => Promise.resolve({ twins: [], next: undefined }),
  queryModuleTwins: () => Promise.resolve({ twins: [], next: undefined }),
  queryTwinDocuments: () => Promise.resolve({ documents: [], next: undefined }),
  queryDeviceJobs: () => Promise.resolve({ records: [], next: undefined }),
  queryGroups: () => Promise.resolve({ rows: [], next: undefined }),
  explainQuery: () => Promise.resolve({ steps: [{ kind: 'scan' }], scanned: 0, returned: 0, database: 'none', databasePlan: [] }),
};
