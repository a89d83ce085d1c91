// What every device bus must do, whatever carries it. Goal: prove each statement of the port. Method: two devices, recorded messages.
import { expect, test } from 'vitest';
import type { DeviceMessage, DeviceReply } from '../../src/domain/message.ts';
import type { DeviceBus } from '../../src/ports/device-bus.ts';

/** @param open makes two buses of the same hub: of two nodes, or twice the one of a single process. */
export function describeDeviceBus(open: () => Promise<{ one: DeviceBus; other: DeviceBus }>): void {
  test('A message reaches the holder, from any node, and brings back its reply.', async () => {
    const { one, other } = await open();
    const holder = new Holder();
    await one.attach('lamp', holder.receive);

    const reply = await other.send('lamp', notice(7));

    expect(reply).toEqual({ kind: 'received' });
    expect(holder.received).toEqual([notice(7)]);
  });

  test('A message to a device that nobody holds is answered undefined.', async () => {
    const { one, other } = await open();
    await one.attach('lamp', new Holder().receive);

    expect(await other.send('door', notice(1))).toBeUndefined();
  });

  test('A device that is held may be held, as every node knows.', async () => {
    const { one, other } = await open();
    await one.attach('lamp', new Holder().receive);

    expect([one.mayHold('lamp'), other.mayHold('lamp')]).toEqual([true, true]);
  });

  test('Messages of one sender arrive in the order in which they were sent.', async () => {
    const { one, other } = await open();
    const holder = new Holder();
    await one.attach('lamp', holder.receive);

    await Promise.all([1, 2, 3, 4, 5].map((version) => other.send('lamp', notice(version))));

    expect(holder.received).toEqual([1, 2, 3, 4, 5].map(notice));
  });

  test('A new holder takes over: the one before is told, and receives nothing after it.', async () => {
    const { one, other } = await open();
    const before = new Holder();
    const after = new Holder();
    await one.attach('lamp', before.receive);

    await other.attach('lamp', after.receive);
    await one.send('lamp', notice(2));

    expect(before.received).toEqual([{ kind: 'disconnect', reason: 'takenOver' }]);
    expect(after.received).toEqual([notice(2)]);
  });

  test('A detached holder receives nothing.', async () => {
    const { one, other } = await open();
    const holder = new Holder();
    const attachment = await one.attach('lamp', holder.receive);

    attachment.detach();

    expect(await other.send('lamp', notice(3))).toBeUndefined();
    expect(holder.received).toEqual([]);
  });

  test('A disconnect of all reaches the device and its modules, from any node, and nobody else.', async () => {
    const { one, other } = await open();
    const holders = new Map(['lamp', 'lamp/bulb', 'lamp/switch', 'lamps', 'lamp2/bulb'].map((address) => [address, new Holder()]));
    for (const [address, holder] of holders) await one.attach(address, holder.receive);
    (await one.attach('lamp/gone', new Holder().receive)).detach();

    other.disconnectAll('lamp', 'signInChanged');

    const told = (): string[] => [...holders].filter(([, { received }]) => received.length > 0).map(([address]) => address);
    await expect.poll(told).toEqual(['lamp', 'lamp/bulb', 'lamp/switch']);
    expect(holders.get('lamp/bulb')?.received).toEqual([{ kind: 'disconnect', reason: 'signInChanged' }]);
  });

  test('The late detach of an old holder leaves the new one in place.', async () => {
    const { one, other } = await open();
    const attachment = await one.attach('lamp', new Holder().receive);
    const after = new Holder();
    await other.attach('lamp', after.receive);

    attachment.detach();
    await one.send('lamp', notice(4));

    expect(after.received).toEqual([notice(4)]);
  });

  test('Whoever waits for a device hears that it listens, on every node, until told to stop.', async () => {
    const { one, other } = await open();
    const heard: string[] = [];
    const stop = one.onListening('lamp', () => heard.push('one'));
    other.onListening('lamp', () => heard.push('other'));
    one.onListening('door', () => heard.push('door'));

    other.announceListening('lamp');
    stop();
    other.announceListening('lamp');

    await expect.poll(() => heard).toEqual(['one', 'other', 'other']);
  });

  test('Whoever waits for any device hears of each that listens, by its id, on every node, until told to stop.', async () => {
    const { one, other } = await open();
    const heard: string[] = [];
    const stop = one.onAnyListening((deviceId) => heard.push(`one: ${deviceId}`));
    other.onAnyListening((deviceId) => heard.push(`other: ${deviceId}`));

    other.announceListening('lamp');
    stop();
    other.announceListening('door');

    await expect.poll(() => heard).toEqual(['one: lamp', 'other: lamp', 'other: door']);
  });
}

class Holder {
  readonly received: DeviceMessage[] = [];
  readonly receive = (message: DeviceMessage): Promise<DeviceReply> => {
    this.received.push(message);
    return Promise.resolve({ kind: 'received' });
  };
}

function notice(version: number): DeviceMessage {
  return { kind: 'desiredChanged', notice: { version, patch: { on: true } } };
}
