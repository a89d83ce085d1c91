// Where subscriptions outlive a connection: devices that come back without subscribing again still expect their messages (contract 0.3).

/** What a device asked to be sent. The hub's own words, no topic: each gateway maps them. */
export type Subscription = 'twinResponses' | 'desiredChanges' | 'methods' | 'cloudToDevice';

export interface SubscriptionStore {
  /** `undefined` when no session is kept for the device. */
  readSubscriptions(deviceId: string): Promise<readonly Subscription[] | undefined>;
  /** Replaces what is kept for the device; `undefined` forgets its session. Durable when it resolves. An unknown device is ignored. */
  saveSubscriptions(deviceId: string, subscriptions: readonly Subscription[] | undefined): Promise<void>;
}
