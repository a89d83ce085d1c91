// A store with very many registered devices whose twins say something, on SQLite or PostgreSQL, made in a minute: one device is made by a hub, and its rows are copied.
import { rm } from 'node:fs/promises';
import { connectAll } from './device.ts';
import { deviceIdOf } from './device-ids.ts';
import { copyFirstDevice } from './filled-store.ts';
import { HttpsCaller } from './https-caller.ts';
import { type HubOptions, type HubUnderTest, registerDevices, startHub, temporaryFolder } from './hub.ts';
import { copyFirstDeviceInPostgres, startBenchPostgres } from './postgres.ts';
import { expectDone } from './reports.ts';
import { DESIRED, ownValuesInPostgres, ownValuesInSqlite, REPORTED, TAGS } from './twin-content.ts';

export type StoreName = 'sqlite' | 'postgres';

export type TwinFleet = AsyncDisposable & {
  readonly store: StoreName;
  readonly devices: number;
  /** By which a hub runs on it. */
  readonly hub: Pick<HubOptions, 'folder' | 'store'>;
  /** By which a hub without devices runs on a store of the same kind. */
  readonly emptyHub: Pick<HubOptions, 'store'>;
  /** By which a floor reaches the same store, in its environment. */
  readonly floor: Readonly<Record<string, string>>;
};

/** @returns a sentence when there is no such store here. */
export function twinFleet(store: StoreName, devices: number): Promise<TwinFleet | string> {
  return store === 'sqlite' ? fleetOnSqlite(devices) : fleetOnPostgres(devices);
}

async function fleetOnSqlite(devices: number): Promise<TwinFleet> {
  const folder = await temporaryFolder();
  const path = await seed({ folder });
  copyFirstDevice(path, devices, ownValuesInSqlite(devices));
  return {
    store: 'sqlite',
    devices,
    hub: { folder },
    emptyHub: {},
    floor: { BENCH_DATABASE: path },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function fleetOnPostgres(devices: number): Promise<TwinFleet | string> {
  const server = await startBenchPostgres();
  if (typeof server === 'string') return server;
  const folder = await temporaryFolder();
  await seed({ folder, store: server.storeUrl });
  await copyFirstDeviceInPostgres(server, devices, ownValuesInPostgres(devices));
  return {
    store: 'postgres',
    devices,
    hub: { folder, store: server.storeUrl },
    emptyHub: { store: server.emptyStoreUrl },
    floor: { BENCH_POSTGRES: server.url, BENCH_SCHEMA: server.schema },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @returns the path of the database where it is a file. The hub that made it has stopped. */
async function seed(options: HubOptions): Promise<string> {
  await using hub: HubUnderTest = await startHub(options);
  const id = deviceIdOf(0);
  await registerDevices(hub, [id], TAGS);
  using caller = await HttpsCaller.open(hub.endpoint, 1);
  const body = JSON.stringify({ properties: { desired: DESIRED } });
  const path = `/twins/${id}?api-version=2021-04-12`;
  const answer = await caller.call({ method: 'PATCH', path, authorization: hub.serviceToken(), body });
  if (answer.status !== 200) throw new Error(`The first twin was not written: ${answer.body}`);
  const [device] = await connectAll(hub.endpoint, [id], hub.deviceToken);
  using connected = device;
  expectDone(await connected?.report(JSON.stringify(REPORTED)));
  return hub.databasePath;
}
