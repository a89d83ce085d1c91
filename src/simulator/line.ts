// The line between a simulated device and its hub: bytes both ways, and an end.

/** What a line tells its device. Nothing comes after `closed`, which comes once, whatever happened. */
export interface LineEvents {
  /** It is secured, and takes bytes. */
  opened(): void;
  /** The bytes are good only during the call. */
  received(bytes: Buffer): void;
  /** @param code of the error that ended it, such as ECONNRESET; `undefined` when there was none. */
  closed(code: string | undefined): void;
}

export interface Line {
  /** After `opened`. What is written in one turn goes out together. */
  write(bytes: Buffer): void;
  /** Sends these last bytes, then hangs up. */
  end(bytes: Buffer): void;
  /** Ends it without a word. */
  cut(): void;
}

/** Begins to open a line; no event comes before it returns. */
export type OpenLine = (events: LineEvents) => Line;
