// What every subscription store must do. Goal: prove each statement of the port. Method: subscriptions saved, read back.
import { expect, test } from 'vitest';
import { createDevice, freshId } from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';

export function describeSubscriptionStore(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  test('A device without a session reads as undefined, and so does an unknown one.', async () => {
    const { subscriptions } = stores();
    const deviceId = freshId();
    await createDevice(stores(), deviceId);

    expect(await subscriptions.readSubscriptions({ deviceId })).toBeUndefined();
    expect(await subscriptions.readSubscriptions({ deviceId: freshId() })).toBeUndefined();
  });

  test('Subscriptions read back as they were saved.', async () => {
    const { subscriptions } = stores();
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    const all = ['methods', 'desiredChanges', 'twinResponses', 'cloudToDevice'] as const;

    await subscriptions.saveSubscriptions({ deviceId }, all);

    expect(await subscriptions.readSubscriptions({ deviceId })).toEqual(all);
  });

  test('A session without subscriptions is a session.', async () => {
    const { subscriptions } = stores();
    const deviceId = freshId();
    await createDevice(stores(), deviceId);

    await subscriptions.saveSubscriptions({ deviceId }, []);

    expect(await subscriptions.readSubscriptions({ deviceId })).toEqual([]);
  });

  test('Saving replaces what was kept.', async () => {
    const { subscriptions } = stores();
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    await subscriptions.saveSubscriptions({ deviceId }, ['methods', 'desiredChanges']);

    await subscriptions.saveSubscriptions({ deviceId }, ['twinResponses']);

    expect(await subscriptions.readSubscriptions({ deviceId })).toEqual(['twinResponses']);
  });

  test('An unknown device is ignored.', async () => {
    const { subscriptions } = stores();
    const deviceId = freshId();

    await subscriptions.saveSubscriptions({ deviceId }, ['methods']);
    await createDevice(stores(), deviceId);

    expect(await subscriptions.readSubscriptions({ deviceId })).toBeUndefined();
  });
}
