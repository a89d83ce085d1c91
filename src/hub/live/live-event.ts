// What whoever follows a live query is told.
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import type { JsonObject } from '../../domain/json.ts';

/**
 * `sequence`: of the change feed; a client that heard of it has everything up to it. It is absent in the first result, after which alone a client
 * can go on.
 */
export type LiveEvent =
  /** `item`: as the query projects it. */
  | { readonly kind: 'entered' | 'changed'; readonly id: IdentityId; readonly item: JsonObject; readonly sequence: number | undefined }
  /** A device without a module, in a query of modules: also every module of it. */
  | { readonly kind: 'left'; readonly id: IdentityId; readonly sequence: number }
  /** The first result is complete, or the client goes on where it was. */
  | { readonly kind: 'ready'; readonly resumed: boolean; readonly count: number; readonly sequence: number }
  /** The change feed has forgotten where the client was: what it has is void, and the first result follows. */
  | { readonly kind: 'reset'; readonly message: string }
  /** Nothing happened. */
  | { readonly kind: 'alive'; readonly sequence: number | undefined }
  /** The last one. */
  | { readonly kind: 'end'; readonly reason: LiveEnd; readonly message: string };

/** `tooSlow`: what waited for the listener is thrown away, so that only this comes after what it has taken. */
export type LiveEnd = 'signInEnded' | 'tooManyDevices' | 'tooSlow' | 'failed' | 'stopping';

export interface LiveListener {
  tell(event: LiveEvent): void;
  /** Resolves when it has taken most of what it was told, or is gone. */
  drained(): Promise<void>;
  /** Lets go of it at once, whatever it has taken. Harmless when it is gone. */
  cut(): void;
}
