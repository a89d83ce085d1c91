// Subscriptions that outlive connections, on SQLite.
import type { Subscription } from '../../ports/subscription-store.ts';
import type { Reader, Writer } from './driver.ts';
import { joinNames, splitNames } from './name-list.ts';

export function readSubscriptions(reader: Reader, deviceId: string): readonly Subscription[] | undefined {
  const row = reader.row<{ readonly subscriptions: string }>(
    `select subscriptions
     from subscriptions
     where device_id = ?`,
    deviceId,
  );
  return row && splitNames(row.subscriptions);
}

type KeptSubscriptions = { readonly deviceId: string; readonly subscriptions: readonly Subscription[] | undefined };

export function saveSubscriptions(writer: Writer, { deviceId, subscriptions }: KeptSubscriptions): void {
  if (subscriptions === undefined) {
    writer.run(
      `delete from subscriptions
       where device_id = ?`,
      deviceId,
    );
    return;
  }
  // Selects the device, so that an unknown one is ignored.
  writer.run(
    `insert into subscriptions (device_id, subscriptions)
     select device_id, ?
     from devices
     where device_id = ?
     on conflict (device_id) do update
     set subscriptions = excluded.subscriptions`,
    joinNames(subscriptions),
    deviceId,
  );
}
