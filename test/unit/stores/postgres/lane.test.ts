// Goal: prove that calls of one lane keep their order and those of others do not wait. Method: calls that end when the test says so.
import { expect, test } from 'vitest';
import { Lane, Lanes } from '../../../../src/stores/postgres/lane.ts';

test('A call of a lane begins when the one before has ended, also when that failed.', async () => {
  const lane = new Lane();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();

  const failing = lane.run(async () => {
    await first.promise;
    order.push('first');
    throw new Error('No.');
  });
  const second = lane.run(() => Promise.resolve(order.push('second')));
  order.push('called');
  first.resolve();

  await expect(failing).rejects.toThrow('No.');
  await second;
  expect(order).toEqual(['called', 'first', 'second']);
});

test('Calls of one name keep their order, and those of another name do not wait for them.', async () => {
  const lanes = new Lanes();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();

  const lamp = lanes.of('lamp').run(async () => {
    await first.promise;
    order.push('lamp');
  });
  const lampAgain = lanes.of('lamp').run(() => Promise.resolve(order.push('lamp again')));
  await lanes.of('door').run(() => Promise.resolve(order.push('door')));
  first.resolve();
  await Promise.all([lamp, lampAgain]);
  await lanes.of('lamp').run(() => Promise.resolve(order.push('lamp later')));

  expect(order).toEqual(['door', 'lamp', 'lamp again', 'lamp later']);
});

test('Calls of several names wait for those that have one of them in common, and for no other.', async () => {
  const lanes = new Lanes();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();

  const calls = [
    lanes.of('lamp', 'door').run(async () => {
      await first.promise;
      order.push('lamp and door');
    }),
    lanes.of('door', 'pump').run(() => Promise.resolve(order.push('door and pump'))),
    lanes.of('pump').run(() => Promise.resolve(order.push('pump'))),
  ];
  await lanes.of('fan', 'fan').run(() => Promise.resolve(order.push('fan')));
  first.resolve();
  await Promise.all(calls);

  expect(order).toEqual(['fan', 'lamp and door', 'door and pump', 'pump']);
});
