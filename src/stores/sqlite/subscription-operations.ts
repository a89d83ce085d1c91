// Subscriptions that outlive connections, on SQLite.
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import type { Subscription } from '../../ports/subscription-store.ts';
import type { Reader, Writer } from './driver.ts';
import { joinNames, splitNames } from '../sql/name-list.ts';

export function readSubscriptions(reader: Reader, { deviceId, moduleId = '' }: IdentityId): readonly Subscription[] | undefined {
  const row = reader.row<{ readonly subscriptions: string }>(
    `select subscriptions
     from subscriptions
     where device_id = ?
     and module_id = ?`,
    deviceId,
    moduleId,
  );
  return row && splitNames(row.subscriptions);
}

type KeptSubscriptions = { readonly id: IdentityId; readonly subscriptions: readonly Subscription[] };

export function saveSubscriptions(writer: Writer, { id, subscriptions }: KeptSubscriptions): void {
  const { deviceId, moduleId = '' } = id;
  // Selects the twin, so that what is not registered is ignored.
  writer.run(
    `insert into subscriptions (device_id, module_id, subscriptions)
     select device_id, module_id, ?
     from twins
     where device_id = ?
     and module_id = ?
     on conflict (device_id, module_id) do update
     set subscriptions = excluded.subscriptions`,
    joinNames(subscriptions),
    deviceId,
    moduleId,
  );
}

/**
 * Whether no session is kept that has subscriptions. The first that are saved may be lost then with all of the session: `forgetEmptySessions` sees to the
 * rest of it, the device is told that its session is gone when it connects again, and subscribes again.
 */
export function beginsSession(reader: Reader, id: IdentityId): boolean {
  return (readSubscriptions(reader, id) ?? []).length === 0;
}

/** For the start of a hub. */
export function forgetEmptySessions(writer: Writer): void {
  writer.run(
    `delete from subscriptions
     where subscriptions = ''`,
  );
}

export function forgetSubscriptions(writer: Writer, { deviceId, moduleId = '' }: IdentityId): void {
  writer.run(
    `delete from subscriptions
     where device_id = ?
     and module_id = ?`,
    deviceId,
    moduleId,
  );
}
