// One live query: who is in its result, and what its listener has been told.
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import type { JsonObject } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { LiveMembers } from '../../domain/query/live/live-members.ts';
import type { LivePlan } from '../../domain/query/live/live-plan.ts';
import { liveStep } from '../../domain/query/live/live-step.ts';
import type { TwinParts } from '../../domain/query/live/twin-parts.ts';
import { project } from '../../domain/query/project.ts';
import type { LiveEnd, LiveListener } from './live-event.ts';

/**
 * A device or module that changed. `first`, `last`: the sequences of its first and its last change. `document`: as it stands; `undefined` when it is
 * gone.
 */
export type ChangedTwin = {
  readonly id: IdentityId;
  readonly first: number;
  readonly last: number;
  readonly touched: TwinParts;
  readonly document: JsonObject | undefined;
};

type Parts = {
  readonly plan: LivePlan;
  readonly listener: LiveListener;
  readonly members: LiveMembers<LiveQuery>;
  readonly onClose: (query: LiveQuery) => void;
};

export class LiveQuery {
  readonly plan: LivePlan;
  readonly listener: LiveListener;
  /** Changes up to this one have been handled; `undefined` while the first result is read. */
  position: number | undefined;
  /** Up to this one the client may have or lack anything that changed. */
  #unknownUntil = 0;
  readonly #members: LiveMembers<LiveQuery>;
  readonly #onClose: (query: LiveQuery) => void;
  #closed = false;

  constructor({ plan, listener, members, onClose }: Parts) {
    this.plan = plan;
    this.listener = listener;
    this.#members = members;
    this.#onClose = onClose;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get count(): number {
    return this.#members.countOf(this);
  }

  /** The first result is known, and begins or goes on at `position`. `unknownUntil`: see there. */
  begin({ position, unknownUntil }: { readonly position: number; readonly unknownUntil?: number }): void {
    this.position = position;
    this.#unknownUntil = unknownUntil ?? 0;
    this.listener.tell({ kind: 'ready', resumed: unknownUntil !== undefined, count: this.count, sequence: position });
  }

  /** Ends the query when its result becomes too large. @param tell whether the listener is to hear of it. */
  enter(id: IdentityId, document: JsonObject, tell: boolean): void {
    if (this.#closed) return;
    this.#members.add(id, this);
    if (tell) this.listener.tell({ kind: 'entered', id, item: project(this.plan.select, document), sequence: undefined });
    this.#checkSize();
  }

  /** @param holds whether it is in the result; asked for where the caller knows it. */
  follow({ id, first, last, touched, document }: ChangedTwin, holds = this.#members.holdersOf(id).includes(this)): void {
    const position = this.position ?? 0;
    if (this.#closed || last <= position) return;
    const uncertain = first > position && first <= this.#unknownUntil;
    const step = liveStep(this.plan, { touched, document, shown: holds, uncertain });
    // Not with the last one: a client that goes on after it would lack what changed before it and is told after this.
    const sequence = Math.max(first, position);
    if (step.holds) this.#members.add(id, this);
    else this.#members.remove(id, this);
    if (step.event === 'left') this.listener.tell({ kind: 'left', id, sequence });
    else if (step.event && document) {
      this.listener.tell({ kind: step.event, id, item: project(this.plan.select, document), sequence });
    }
    this.#checkSize();
  }

  isConcernedBy(touched: TwinParts): boolean {
    return ((this.plan.conditionParts | this.plan.itemParts) & touched) !== 0;
  }

  /** For a query of modules, while the client may have some that the hub does not know of: the feed tells of a deleted device alone. */
  loseDevice({ deviceId, sequence }: { readonly deviceId: string; readonly sequence: number }): void {
    if (this.#closed || this.position === undefined || sequence <= this.position || sequence > this.#unknownUntil) return;
    // Not with its own sequence, since what comes before that one is told after it.
    this.listener.tell({ kind: 'left', id: { deviceId }, sequence: this.position });
  }

  /** Tells why, and is closed. */
  end(reason: LiveEnd, message: string): void {
    if (this.#closed) return;
    this.listener.tell({ kind: 'end', reason, message });
    this.close();
  }

  /** For a listener that has gone. Harmless twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#members.forget(this);
    this.#onClose(this);
  }

  #checkSize(): void {
    const [own, all] = [LIMITS.liveQueryDevices.value, LIMITS.liveQueryDevicesInAll.value];
    if (this.count > own) this.end('tooManyDevices', `The result has more than ${own} devices or modules. Narrow the condition.`);
    else if (this.#members.count > all) {
      this.end(
        'tooManyDevices',
        `The results of all live queries together have more than ${all} devices or modules. Narrow the condition.`,
      );
    }
  }
}
