// All that a store offers, opened and closed as one.
import type { AuditLog } from './audit-log.ts';
import type { CaCertificateStore } from './ca-certificate-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { DeviceStore } from './device-store.ts';
import type { IndexStore } from './index-store.ts';
import type { JobStore } from './job-store.ts';
import type { ModuleStore } from './module-store.ts';
import type { PolicyStore } from './policy-store.ts';
import type { QueryStore } from './query-store.ts';
import type { SubscriptionStore } from './subscription-store.ts';
import type { TwinStore } from './twin-store.ts';

export interface Stores {
  readonly devices: DeviceStore;
  readonly modules: ModuleStore;
  readonly twins: TwinStore;
  readonly queries: QueryStore;
  readonly policies: PolicyStore;
  readonly caCertificates: CaCertificateStore;
  readonly subscriptions: SubscriptionStore;
  readonly jobs: JobStore;
  readonly indexes: IndexStore;
  readonly changes: ChangeFeed;
  readonly audit: AuditLog;
  /** Resolves when a read and a durable write are possible. @throws HubError ServiceUnavailable with the cause. */
  checkReady(): Promise<void>;
  /** Ends what is under way, then releases everything. Calls made later fail with ServiceUnavailable. */
  close(): Promise<void>;
}
