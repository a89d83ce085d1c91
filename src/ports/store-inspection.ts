// What a look at a store from outside tells, while a hub uses it or none does; nothing is changed by it.

export type StoreInspection =
  /** Nothing is kept, or a hub has never been started on it. */
  | { readonly kind: 'ephemeral' }
  | { readonly kind: 'absent'; readonly path: string }
  /** On a server that the caller has no password for. */
  | { readonly kind: 'elsewhere'; readonly name: string }
  /** On a server, where nobody knows what is intact. `bytes`: of all tables and indexes. */
  | {
      readonly kind: 'served';
      readonly name: string;
      readonly bytes: number;
      readonly schemaVersion: number;
      readonly newestVersion: number;
    }
  /** `reason`: sentences for the operator, the last one with the way out. */
  | { readonly kind: 'unusable'; readonly path: string; readonly reason: string }
  | {
      readonly kind: 'readable';
      readonly path: string;
      readonly bytes: number;
      /** Of what is committed and not yet copied into the main file. */
      readonly logBytes: number;
      /** That of the store, at most `newestVersion`, which this program makes of it at the next start. */
      readonly schemaVersion: number;
      readonly newestVersion: number;
      /** `unknown`: it is larger than the caller wanted to read. */
      readonly integrity: 'intact' | 'damaged' | 'unknown';
    };
