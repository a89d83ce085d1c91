// Where subscriptions outlive a connection: devices that come back without subscribing again still expect their messages (contract 0.3).
import type { IdentityId } from '../domain/identity/identity-id.ts';

/** What a device asked to be sent. The hub's own words, no topic: each gateway maps them. */
export type Subscription = 'twinResponses' | 'desiredChanges' | 'methods' | 'cloudToDevice';

export interface SubscriptionStore {
  /** `undefined` when no session is kept for the device or module. */
  readSubscriptions(id: IdentityId): Promise<readonly Subscription[] | undefined>;
  /**
   * Replaces what is kept. Survives the process when it resolves. A loss of power takes nothing back either, except the first subscriptions of a
   * session, and then all of that session. What is not registered is ignored. `DeviceStore.recordConnections` begins and forgets sessions.
   */
  saveSubscriptions(id: IdentityId, subscriptions: readonly Subscription[]): Promise<void>;
}
