// A data dir with very many registered devices, made in seconds: one device is registered, and its rows are copied.
import { rm } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { deviceIdOf } from './device-ids.ts';
import { type HubUnderTest, registerDevices, startHub, temporaryFolder } from './hub.ts';

export type FilledStore = AsyncDisposable & { readonly folder: string };

/** Rows in one transaction. */
const CHUNK = 50_000;

/** The devices have all that registered ones have but keys and a generation of their own, and their entries in the audit and the feed. */
export async function filledStore(devices: number): Promise<FilledStore> {
  const folder = await temporaryFolder();
  copyFirstDevice(await seededDatabase(folder), devices);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** @returns the path of the database. The hub that made it has stopped. */
async function seededDatabase(folder: string): Promise<string> {
  await using hub: HubUnderTest = await startHub({ folder });
  await registerDevices(hub, [deviceIdOf(0)]);
  return hub.databasePath;
}

/** SQL for values of columns that are not those of the copied row, which is `seed`, with `number` for that of the new device. */
export type OwnValues = Readonly<Record<string, string>>;

/**
 * @param path a database in which the device with the first id is, and which nobody has open. @param devices how many there are to be.
 * @param own of twins.
 */
export function copyFirstDevice(path: string, devices: number, own: OwnValues = {}): void {
  const database = new Database(path, { fileMustExist: true });
  try {
    // Nothing here has to outlive the machine.
    database.pragma('synchronous = off');
    for (let from = 1; from < devices; from += CHUNK) {
      const to = Math.min(from + CHUNK, devices) - 1;
      database.transaction(() => {
        // Twins refer to devices.
        database.prepare(copyStatement(database, 'devices', {})).run(from, to, deviceIdOf(0));
        database.prepare(copyStatement(database, 'twins', own)).run(from, to, deviceIdOf(0));
      })();
    }
    database.pragma('wal_checkpoint(truncate)');
  } finally {
    database.close();
  }
}

/** Copies the row of one device to those of a range of numbers. */
function copyStatement(database: InstanceType<typeof Database>, table: string, own: OwnValues): string {
  const columns = database.prepare<[string], string>('select name from pragma_table_info(?)').pluck().all(table);
  // As `deviceIdOf` makes them.
  const others: OwnValues = { device_id: `printf('device-%07d', number)`, ...own };
  const values = columns.map((column) => others[column] ?? `seed.${column}`);
  return `with recursive numbers (number) as (
      select ?
      union all
      select number + 1 from numbers where number < ?
    )
    insert into ${table} (${columns.join(', ')})
    select ${values.join(', ')} from numbers, ${table} as seed where seed.device_id = ?`;
}
