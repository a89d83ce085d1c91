// Subscriptions that outlive connections, on PostgreSQL.
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import type { Subscription } from '../../ports/subscription-store.ts';
import { joinNames, splitNames } from '../sql/name-list.ts';
import type { Reader, Writer } from './driver.ts';

export async function readSubscriptions(
  reader: Reader,
  { deviceId, moduleId = '' }: IdentityId,
): Promise<readonly Subscription[] | undefined> {
  const row = await reader.row<{ readonly subscriptions: string }>(
    `select subscriptions
     from subscriptions
     where device_id = $1
     and module_id = $2`,
    deviceId,
    moduleId,
  );
  return row && splitNames(row.subscriptions);
}

type KeptSubscriptions = { readonly id: IdentityId; readonly subscriptions: readonly Subscription[] };

export async function saveSubscriptions(writer: Writer, { id, subscriptions }: KeptSubscriptions): Promise<void> {
  const { deviceId, moduleId = '' } = id;
  // Selects the twin, so that what is not registered is ignored; and holds it, so that a module that is deleted meanwhile leaves none behind.
  await writer.run(
    `insert into subscriptions (device_id, module_id, subscriptions)
     select device_id, module_id, $3
     from twins
     where device_id = $1
     and module_id = $2
     for key share
     on conflict (device_id, module_id) do update
     set subscriptions = excluded.subscriptions`,
    deviceId,
    moduleId,
    joinNames(subscriptions),
  );
}
