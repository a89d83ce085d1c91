// Whoever listens to a live query in a test: keeps what it is told, and waits for what is to come.
import { addressOf } from '../../src/domain/identity/identity-id.ts';
import type { LiveEvent, LiveListener } from '../../src/hub/live/live-event.ts';

export class LiveRecorder implements LiveListener {
  readonly events: LiveEvent[] = [];
  isCut = false;
  /** What the hub waits for before it reads more. */
  drains: () => Promise<void> = () => Promise.resolve();
  #told: () => void = () => undefined;

  tell(event: LiveEvent): void {
    this.events.push(event);
    this.#told();
  }

  drained(): Promise<void> {
    return this.drains();
  }

  cut(): void {
    this.isCut = true;
  }

  /** Resolves with the first event, told or to come, for which it is true. */
  async until(isIt: (event: LiveEvent) => boolean): Promise<LiveEvent> {
    for (;;) {
      const found = this.events.find(isIt);
      if (found) return found;
      await new Promise<void>((resolve) => (this.#told = resolve));
    }
  }

  ready(): Promise<LiveEvent> {
    return this.until(({ kind }) => kind === 'ready');
  }

  /** Such as `entered lamp` or `left pump/filter`; other events by their kind. @param from how many of the first to leave out. */
  lines(from = 0): readonly string[] {
    return this.events.slice(from).map((event) => ('id' in event ? `${event.kind} ${addressOf(event.id)}` : event.kind));
  }

  /** Waits for such a line. */
  async heard(line: string): Promise<LiveEvent> {
    return this.until((event) => 'id' in event && `${event.kind} ${addressOf(event.id)}` === line);
  }
}
