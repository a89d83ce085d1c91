// What nodes say to the one that holds a device's connection, and what it answers. Plain data, since it may cross a network.
import type { Refusal } from './errors.ts';
import type { DirectMethodAnswer, DirectMethodCall } from './method/direct-method.ts';
import type { DesiredNotice } from './twin/twin.ts';

/** Why the hub ends a connection that the device did not end. */
export type DisconnectReason = 'takenOver' | 'signInChanged' | 'tokenExpired' | 'hubStopping';

export type DeviceMessage =
  | { readonly kind: 'invokeMethod'; readonly call: DirectMethodCall }
  | { readonly kind: 'desiredChanged'; readonly notice: DesiredNotice }
  | { readonly kind: 'disconnect'; readonly reason: DisconnectReason };

/** `received` answers everything that has no answer of its own. `notListening`: connected, but not subscribed to direct methods. */
export type DeviceReply =
  | { readonly kind: 'received' }
  | { readonly kind: 'notListening' }
  | { readonly kind: 'methodAnswer'; readonly answer: DirectMethodAnswer }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
