// Which writes a loss of power may take back, and what a start makes of what it left.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Subscription } from '../../../../src/ports/subscription-store.ts';
import { openDatabaseFile } from '../../../../src/stores/sqlite/database-file.ts';
import type { Connection, Reader, Writer } from '../../../../src/stores/sqlite/driver.ts';
import { openSqliteStore } from '../../../../src/stores/sqlite/open-sqlite-store.ts';
import { RELAXED_OPERATIONS, WRITE_OPERATIONS } from '../../../../src/stores/sqlite/operations.ts';
import { keysOf, NOON, put } from '../../../support/store-builders.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const LAMP = { deviceId: 'lamp' };

test('The first subscriptions of a session may be lost, with all that it is, and none after them.', () => {
  const { save, mayBeLost } = open();

  const first = mayBeLost(['methods']);
  save(['methods']);
  const second = mayBeLost(['methods', 'desiredChanges']);
  save([]);
  const afterNone = mayBeLost(['methods']);

  expect({ first, second, afterNone }).toEqual({ first: true, second: false, afterNone: true });
});

test('That a clean session forgot what one before it had may not be lost, alone or among others, and where it had nothing it may.', () => {
  const connected = (cleanSession: boolean): object => ({
    ...LAMP,
    kind: 'connected',
    connectionId: 'c',
    modelId: '',
    cleanSession,
    at: NOON,
  });
  const disconnected = { ...LAMP, kind: 'disconnected', connectionId: 'c', at: NOON };
  const { ask, save } = open();

  const nothingToForget = ask('recordConnections', [connected(true)]);
  save(['methods']);

  expect(nothingToForget).toBe(true);
  expect(ask('recordConnections', [connected(false), disconnected])).toBe(true);
  expect(ask('recordConnections', [connected(false), connected(true)])).toBe(false);
});

test.each(Object.keys(WRITE_OPERATIONS).filter((name) => !/^(recordConnections|saveSubscriptions|disconnectSome)$/u.test(name)))(
  '%s may not be lost.',
  (name) => {
    expect(RELAXED_OPERATIONS[name]).toBeUndefined();
  },
);

test('A start forgets the sessions without subscriptions, which may have lost their first ones, and no other.', async () => {
  const { path, connection, save, close } = open();
  run(connection, (writer) => WRITE_OPERATIONS.writeDevices(writer, [put('fan', { keys: keysOf('f') })]));
  run(connection, (writer) => WRITE_OPERATIONS.saveSubscriptions(writer, { id: { deviceId: 'fan' }, subscriptions: ['methods'] }));
  save([]);
  close();

  const stores = await openSqliteStore({ path, durability: 'none' });
  onTestFinished(() => stores.close());

  expect(await stores.subscriptions.readSubscriptions(LAMP)).toBeUndefined();
  expect(await stores.subscriptions.readSubscriptions({ deviceId: 'fan' })).toEqual(['methods']);
});

type Open = {
  readonly path: string;
  readonly connection: Connection;
  readonly save: (subscriptions: readonly Subscription[]) => void;
  readonly mayBeLost: (subscriptions: readonly Subscription[]) => boolean;
  readonly ask: (operation: string, argument: unknown) => boolean;
  readonly close: () => void;
};

/** A store with one device. */
function open(): Open {
  const path = join(temporaryFolder(), 'hub.db');
  const { connection, close } = openDatabaseFile(path, 'none');
  let isOpen = true;
  const closeOnce = (): void => {
    if (isOpen) close();
    isOpen = false;
  };
  onTestFinished(closeOnce);
  run(connection, (writer) => WRITE_OPERATIONS.writeDevices(writer, [put(LAMP.deviceId)]));
  const ask = (operation: string, argument: unknown): boolean => {
    // Each is asked with what its operation takes.
    const mayBeLost = RELAXED_OPERATIONS[operation] as ((reader: Reader, argument: unknown) => boolean) | undefined;
    return connection.read((reader) => mayBeLost?.(reader, argument) ?? false);
  };
  return {
    path,
    connection,
    save: (subscriptions) => run(connection, (writer) => WRITE_OPERATIONS.saveSubscriptions(writer, { id: LAMP, subscriptions })),
    mayBeLost: (subscriptions) => ask('saveSubscriptions', { id: LAMP, subscriptions }),
    ask,
    close: closeOnce,
  };
}

function run(connection: Connection, operation: (writer: Writer) => unknown): void {
  connection.transaction(operation);
}
