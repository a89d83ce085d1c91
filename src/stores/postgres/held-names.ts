// Names that a hub holds as long as it lives, as locks of the server, so that other hubs on the schema see whether it does.
import { openConnection, type PostgresPlace } from './driver.ts';
import type { Lines } from './lines.ts';

/** Says that a lock is one of a name, among all that use advisory locks in a database: `TWNH` in ASCII. */
const NAME_LOCK = 0x54_57_4e_48;

/** What stands for a name in one schema, as SQL. @param name SQL that gives it. */
function lockKey(name: string): string {
  return `('x' || left(md5(current_schema() || ' ' || ${name}), 7))::bit(28)::integer`;
}

/** A condition, as SQL: whether anybody holds the name. @param name SQL that gives it. */
export function isHeld(name: string): string {
  return `exists (
    select
    from pg_locks
    where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())
    and classid = ${NAME_LOCK}
    and objid = ${lockKey(name)}::oid
    and objsubid = 2
  )`;
}

/** Locks on one connection for nothing else: the server frees them as soon as the process is gone, however it ended. */
export class HeldNames {
  readonly #place: PostgresPlace;
  readonly #lines: Lines;
  readonly #held = new Set<string>();
  #client: ReturnType<typeof openConnection> | undefined;

  constructor(place: PostgresPlace, lines: Lines) {
    this.#place = place;
    this.#lines = lines;
  }

  async hold(name: string): Promise<void> {
    try {
      await this.#take(name);
    } catch {
      // The connection broke, and with it went what it held.
      this.#forget();
      await this.#take(name);
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  /** Asks the server also for a name that is held: only its answer shows that the connection is there. */
  async #take(name: string): Promise<void> {
    this.#client ??= openConnection(this.#place, this.#lines);
    const client = await this.#client;
    this.#lines.wake(client);
    if (this.#held.has(name)) await client.query('select 1');
    else await client.query(`select pg_advisory_lock_shared(${NAME_LOCK}, ${lockKey('$1::text')})`, [name]);
    this.#lines.rest(client);
    this.#held.add(name);
  }

  #forget(): void {
    void this.close();
    this.#client = undefined;
    this.#held.clear();
  }
}
