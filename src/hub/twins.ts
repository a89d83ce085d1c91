// The twin's use cases: read it, change it from the back end, report from the device, and tell the device what was asked of it.
import type { Actor } from '../domain/audit/audit-entry.ts';
import { parseDigitalTwinPatch } from '../domain/digital-twin/parse-digital-twin-patch.ts';
import { invariant, type Outcome } from '../domain/errors.ts';
import type { IdentityId } from '../domain/identity/identity-id.ts';
import type { JsonValue } from '../domain/json.ts';
import type { Precondition } from '../domain/precondition.ts';
import { toIsoTime } from '../domain/time.ts';
import { parseReport, parseTwinWrite } from '../domain/twin/parse-twin-change.ts';
import { twinNotFound } from '../domain/twin/twin-not-found.ts';
import type { TwinChange } from '../domain/twin/twin.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdentityTwin, TwinChangeResult, TwinStore } from '../ports/twin-store.ts';
import { Batcher } from './batcher.ts';
import type { DesiredNotices, DeviceNotice } from './desired-notices.ts';

type Dependencies = { readonly store: TwinStore; readonly notices: DesiredNotices; readonly clock: Clock };

/** A change by a back end: `patch` merges, `replace` puts the sections in the place of the old ones, and wipes one that is absent. `body` is what came over the wire. */
export type TwinWrite = IdentityId & {
  readonly kind: 'patch' | 'replace';
  readonly body: JsonValue;
  readonly precondition: Precondition;
  readonly by: Actor;
};

/** JSON Patch of a digital twin by a back end. `body` is what came over the wire. */
export type DigitalTwinWrite = Omit<TwinWrite, 'kind'>;

/** A change by the device or module. `baseVersion`: refuse unless reported properties are at this version. */
export type TwinReport = IdentityId & { readonly body: JsonValue; readonly baseVersion: number | undefined };

export class Twins {
  readonly #store: TwinStore;
  readonly #clock: Clock;
  readonly #changes: Batcher<TwinChange, TwinChangeResult>;

  constructor(dependencies: Dependencies) {
    this.#store = dependencies.store;
    this.#clock = dependencies.clock;
    const { store, notices } = dependencies;
    this.#changes = new Batcher((changes: readonly TwinChange[]) =>
      notices.commit(
        () => store.applyTwinChanges(changes),
        (outcomes) => outcomes.flatMap(noticesOf),
      ),
    );
  }

  /** Changes that wait for a group commit. */
  get writesWaiting(): number {
    return this.#changes.waiting;
  }

  /** Changes that somebody asked for so far. */
  get writesAsked(): number {
    return this.#changes.added;
  }

  /** @throws HubError DeviceNotFound, also for a module. */
  async get(id: IdentityId): Promise<IdentityTwin> {
    const found = await this.#store.readTwin(id);
    if (!found) throw twinNotFound(id);
    return found;
  }

  /**
   * Durable when it resolves; a connected device has then been sent the change of its desired properties, in the order of versions.
   * @throws HubError ArgumentInvalid, PreconditionFailed, DeviceModelMaxPropertiesExceeded, or DeviceNotFound, also for a module.
   */
  async write(write: TwinWrite): Promise<IdentityTwin> {
    return await this.#write(parseTwinWrite({ ...write, at: this.#now() }));
  }

  /**
   * Writes desired properties, as `write` does; an empty patch, and one that clears what is not set, changes nothing.
   * @throws HubError as `write`, InvalidDigitalTwinJsonPatch or InvalidDigitalTwinPatchPath.
   */
  async patchDigitalTwin({ deviceId, moduleId, body, precondition, by }: DigitalTwinWrite): Promise<IdentityTwin> {
    const operations = parseDigitalTwinPatch(body);
    return await this.#write({ kind: 'patchDigitalTwin', deviceId, moduleId, operations, precondition, at: this.#now(), by });
  }

  /** Durable when it resolves. @returns the new version of the reported properties. @throws HubError as `write`. */
  async report(report: TwinReport): Promise<number> {
    const result = await this.#changes.add(parseReport({ ...report, at: this.#now() }));
    invariant(result.kind === 'reported', 'a report is answered with its version');
    return result.version;
  }

  async #write(change: TwinChange): Promise<IdentityTwin> {
    const result = await this.#changes.add(change);
    invariant(result.kind === 'written', 'a twin write is answered with the twin');
    return result.identityTwin;
  }

  #now(): string {
    return toIsoTime(this.#clock.nowMs());
  }
}

function noticesOf(outcome: Outcome<TwinChangeResult>): readonly DeviceNotice[] {
  if (outcome.kind === 'refused' || outcome.value.kind === 'reported') return [];
  const { identityTwin, notice } = outcome.value;
  const { deviceId, moduleId } = identityTwin.twin;
  return notice ? [{ deviceId, moduleId, notice }] : [];
}
