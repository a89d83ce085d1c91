// Telemetry as far as the hub takes part in it: accepted and counted. Readers and routes are not there (docs/compatibility.md).

export type TelemetryCount = { readonly messages: number; readonly bytes: number };

export class Telemetry {
  #messages = 0;
  #bytes = 0;

  /** @param bodyBytes length of the message body. */
  accept(bodyBytes: number): void {
    this.#messages += 1;
    this.#bytes += bodyBytes;
  }

  /** Since the start of this process. */
  count(): TelemetryCount {
    return { messages: this.#messages, bytes: this.#bytes };
  }
}
