// Goal: prove that what a device says of its session is written in the order in which it said so. Method: another connection holds up the first write.
import { describe, expect, onTestFinished, test } from 'vitest';
import { Database } from '../../../../src/stores/postgres/database.ts';
import { openPostgresStore } from '../../../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../../../src/system/system-clock.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { NOON, put } from '../../../support/store-builders.ts';

describe.skipIf(NO_POSTGRES)('Sessions on PostgreSQL', () => {
  const newPlace = sharePostgres();

  test('A SUBSCRIBE that waits for the database when its device connects cleanly leaves no session behind.', async () => {
    const place = newPlace();
    const stores = await openPostgresStore(place, systemClock);
    const beside = new Database(place);
    onTestFinished(async () => {
      await stores.close();
      await beside.close();
    });
    await stores.devices.writeDevices([put('lamp'), put('pump')]);
    const connection = { kind: 'connected', modelId: '', connectionId: 'c', at: NOON } as const;

    const both = await beside.transaction(async (writer) => {
      await writer.run(`select 1 from twins where device_id = 'lamp' for update`);
      const saving = stores.subscriptions.saveSubscriptions({ deviceId: 'lamp' }, ['methods']);
      const connecting = stores.devices.recordConnections([{ ...connection, deviceId: 'lamp', cleanSession: true }]);
      const waiting = `select count(*) as count from pg_stat_activity where wait_event_type = 'Lock' and query like '%into subscriptions%'`;
      await expect.poll(() => beside.row(waiting)).toEqual({ count: 1 });
      // Another device does not wait for this one.
      await stores.subscriptions.saveSubscriptions({ deviceId: 'pump' }, ['methods']);
      return { saving, connecting };
    });
    await Promise.all([both.saving, both.connecting]);

    expect(await stores.subscriptions.readSubscriptions({ deviceId: 'lamp' })).toBeUndefined();
    expect(await stores.subscriptions.readSubscriptions({ deviceId: 'pump' })).toEqual(['methods']);
  });
});
