// The sessions that devices and modules find or begin when they connect, on PostgreSQL.
import { addressOf, type IdentityId } from '../../domain/identity/identity-id.ts';
import type { ConnectionEvent } from '../../ports/device-store.ts';
import type { Subscription } from '../../ports/subscription-store.ts';
import { splitNames } from '../sql/name-list.ts';
import type { Reader, Writer } from './driver.ts';

type Connect = Extract<ConnectionEvent, { readonly kind: 'connected' }>;

export function isConnect(event: ConnectionEvent): event is Connect {
  return event.kind === 'connected';
}

type SessionRow = { readonly device_id: string; readonly module_id: string; readonly subscriptions: string };

/** The sessions of all that connect in one batch. */
export async function readSessions(reader: Reader, connects: readonly Connect[]): Promise<KeptSessions> {
  if (connects.length === 0) return new KeptSessions([]);
  const rows = await reader.rows<SessionRow>(
    `select device_id, module_id, subscriptions
     from subscriptions
     where (device_id, module_id) in (
       select device_id, module_id
       from unnest($1::text[], $2::text[]) as wanted (device_id, module_id)
     )`,
    ...columnsOf(connects),
  );
  return new KeptSessions(rows);
}

class KeptSessions {
  /** By address. */
  readonly #kept: Map<string, readonly Subscription[]>;
  readonly #begun = new Map<string, IdentityId>();
  readonly #ended = new Map<string, IdentityId>();

  constructor(rows: readonly SessionRow[]) {
    this.#kept = new Map(
      rows.map((row) => [addressOf({ deviceId: row.device_id, moduleId: row.module_id || undefined }), splitNames(row.subscriptions)]),
    );
  }

  /** Of what is registered. @returns what the session before had; `undefined` where there was none. */
  begin(event: Connect): readonly Subscription[] | undefined {
    const address = addressOf(event);
    const kept = this.#kept.get(address);
    if (event.cleanSession) {
      this.#kept.delete(address);
      this.#begun.delete(address);
      if (kept) this.#ended.set(address, event);
    } else if (!kept) {
      this.#kept.set(address, []);
      this.#begun.set(address, event);
    }
    return kept;
  }

  save(writer: Writer): void {
    // The end first: a session may have been begun after it.
    if (this.#ended.size > 0) {
      writer.send(
        `delete from subscriptions
         where (device_id, module_id) in (
           select device_id, module_id
           from unnest($1::text[], $2::text[]) as ended (device_id, module_id)
         )`,
        ...columnsOf([...this.#ended.values()]),
      );
    }
    if (this.#begun.size === 0) return;
    writer.send(
      `insert into subscriptions (device_id, module_id, subscriptions)
       select device_id, module_id, ''
       from unnest($1::text[], $2::text[]) as begun (device_id, module_id)
       on conflict (device_id, module_id) do nothing`,
      ...columnsOf([...this.#begun.values()]),
    );
  }
}

/** Ids of devices, and of modules, which are empty for devices. */
function columnsOf(ids: readonly IdentityId[]): readonly [deviceIds: readonly string[], moduleIds: readonly string[]] {
  return [ids.map(({ deviceId }) => deviceId), ids.map(({ moduleId = '' }) => moduleId)];
}
