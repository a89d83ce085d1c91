// The one file that knows the PostgreSQL driver: pooled connections to one schema, and the statements and transactions that run on them.
import pg from 'pg';
import { HubError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Turns } from './lane.ts';
import { describePostgresFault, isConflict, isConnectionFault } from './postgres-fault.ts';
import { Room } from './room.ts';

export type SqlValue = string | number | boolean | null | readonly (string | number | boolean | null)[];

/** Answers statements. `Row` is the caller's word for what its statement selects: `bigint` comes as a number, JSON of either kind as its text. */
export interface Reader {
  /** The first row; `undefined` when there is none. */
  row<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined>;
  rows<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>;
  /** For a statement that is made for this one call, so that its plan is not kept. */
  rowsOnce<Row extends object>(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]>;
}

/** What only a transaction offers. */
export interface Writer extends Reader {
  /** @returns how many rows were inserted, updated or deleted. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
  /** As `run`, for a statement that is made for this one call. */
  runOnce(sql: string, values: readonly SqlValue[]): Promise<number>;
  /** Sends a statement whose answer nobody waits for, so that the commit can follow at once. Where it fails, the transaction does. */
  send(sql: string, ...values: readonly SqlValue[]): void;
  /** Runs several statements. */
  runScript(sql: string): Promise<void>;
}

/** `url`: as libpq writes them, with user and password. `schema`: an unquoted name of PostgreSQL; all tables of the hub are in it. */
export type PostgresPlace = { readonly url: string; readonly schema: string };

/** How often a transaction runs that meets others. It waits for their locks by itself, so there is no pause in between. */
const ATTEMPTS = 8;

/** How long a call waits for a connection: a new one, or one of those that others use. */
const CONNECTION_TIMEOUT_MS = 10_000;

/** Longer than any search may take. Who waits longer for an answer waits for a machine that is gone. */
const ANSWER_TIMEOUT_MS = 60_000;

/** How long a statement waits for rows that another connection has locked, such as that of a person who forgot to commit. */
const LOCK_TIMEOUT_MS = 5000;

const BIGINT_OID = 20;
const JSON_OID = 114;
const JSONB_OID = 3802;

/** One hub's connections. Calls may run at the same time. Every call throws HubError ServiceUnavailable when the database cannot serve it. */
export class Database implements Reader {
  readonly schema: string;
  readonly #pool: pg.Pool;
  /** For what may take long, so that devices that wait for their twins do not wait for it. */
  readonly #searchers: pg.Pool;
  readonly #searches = new Room(LIMITS.querySearchesAtOnce.value);
  readonly #names: HeldNames;
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** Connects when it is first used. */
  constructor(place: PostgresPlace) {
    this.schema = place.schema;
    this.#pool = openPool(place, LIMITS.storeConnections.value);
    this.#searchers = openPool(place, LIMITS.querySearchesAtOnce.value);
    this.#names = new HeldNames(place);
  }

  row<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return this.#use((client) => new Statements(client).row<Row>(sql, ...values));
  }

  rows<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#use((client) => new Statements(client).rows<Row>(sql, ...values));
  }

  rowsOnce<Row extends object>(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#use((client) => new Statements(client).rowsOnce<Row>(sql, values));
  }

  /** All that the operation reads is of one moment. */
  read<Result>(operation: (reader: Reader) => Promise<Result>): Promise<Result> {
    return this.#use((client) => between(client, ONE_MOMENT, operation));
  }

  /**
   * As `read`, for what may take long, and on connections of its own. Once the signal is aborted it rejects with its reason, and the statement
   * that runs is ended.
   */
  async search<Result>(signal: AbortSignal, operation: (reader: Reader) => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    try {
      const searching = this.#track(() =>
        this.#searches.run(() => withClient(this.#searchers, (client) => this.#cancellable(client, signal, operation))),
      );
      // Whoever aborts has had the reason; what the database says to a cancelled statement concerns nobody.
      searching.catch(() => undefined);
      return await Promise.race([searching, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Commits when the operation returns and undoes all of it when it throws. Runs the operation again when it met another transaction: two that
   * wait for each other, or two that made the same row. Rows are locked by the operation itself, one order for all.
   * @param turns of whom: theirs run one after the other, in the order of the calls.
   */
  transaction<Result>(operation: (writer: Writer) => Promise<Result>, turns?: Turns): Promise<Result> {
    const run = async (client: pg.PoolClient): Promise<Result> => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await between(client, 'begin', operation);
        } catch (error) {
          if (attempt === ATTEMPTS || !isConflict(error)) throw error;
        }
      }
    };
    return this.#track(() => (turns ? turns.run(() => withClient(this.#pool, run)) : withClient(this.#pool, run)));
  }

  /**
   * Shows every hub on the schema that the bearer of a name lives, until this process or its connection to the server ends; see `isHeld`. Where
   * that connection broke, the name is taken again.
   */
  hold(name: string): Promise<void> {
    return this.#track(() => this.#names.hold(name));
  }

  /** Ends what is under way, then every connection. Calls made later fail with ServiceUnavailable. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await Promise.all([this.#pool.end(), this.#searchers.end(), this.#names.close()]);
  }

  /** The statement is over before the connection goes to another caller, whom a late cancel would hit. */
  async #cancellable<Result>(client: pg.PoolClient, signal: AbortSignal, operation: (reader: Reader) => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    const backend = await new Statements(client).row<{ readonly pid: number }>('select pg_backend_pid() as pid');
    let cancelling: Promise<unknown> = Promise.resolve();
    const cancel = (): void => {
      cancelling = this.#pool.query('select pg_cancel_backend($1)', [backend?.pid]).catch(() => undefined);
    };
    if (signal.aborted) throw signal.reason;
    signal.addEventListener('abort', cancel);
    try {
      return await between(client, ONE_MOMENT, operation);
    } finally {
      signal.removeEventListener('abort', cancel);
      await cancelling;
    }
  }

  #use<Result>(operation: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return this.#track(() => withClient(this.#pool, operation));
  }

  async #track<Result>(start: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new HubError('ServiceUnavailable', 'The store is closed.');
    const running = start();
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw translated(error);
    } finally {
      this.#underWay.delete(running);
    }
  }
}

const ONE_MOMENT = 'begin isolation level repeatable read read only';

function connectionSettings({ url, schema }: PostgresPlace): pg.ClientConfig {
  return {
    connectionString: url,
    options: `-c search_path=${schema}`,
    application_name: 'twinhub',
    // A statement that follows another one at once is sent with it: `begin` with the first, `commit` with the last.
    pipeline: true,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser },
  };
}

function openPool(place: PostgresPlace, max: number): pg.Pool {
  const pool = new pg.Pool({ ...connectionSettings(place), max });
  // A connection that breaks fails the calls that use it, and the pool replaces it; the driver would end the process without these.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  switch (oid) {
    case BIGINT_OID:
      return Number;
    case JSON_OID:
    case JSONB_OID:
      // The domain parses JSON: `__proto__` is an ordinary key there.
      return (text) => text;
    default:
      // Typed `any` by the driver: values of the types that rows are declared with.
      return pg.types.getTypeParser(oid, format) as (text: string) => unknown;
  }
}

async function withClient<Result>(pool: pg.Pool, operation: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  try {
    const result = await operation(client);
    client.release();
    return result;
  } catch (error) {
    // One whose transaction could not be ended would run the next caller's statements in it.
    client.release(isConnectionFault(error) || client.getTransactionStatus() !== 'I');
    throw error;
  }
}

async function between<Result>(client: pg.PoolClient, begin: string, operation: (writer: Writer) => Promise<Result>): Promise<Result> {
  const statements = new Statements(client);
  statements.send(begin);
  try {
    const result = await operation(statements);
    // Of a transaction in which a statement failed, this undoes all; the statement itself says why.
    statements.send('commit');
    await statements.allSent();
    return result;
  } catch (error) {
    // What was sent before comes first: a statement after one that failed fails too.
    const cause = await statements.allSent().then(
      () => error,
      (sent: unknown) => sent,
    );
    // Fails on a broken connection, of which nothing is left to undo.
    await client.query('rollback').catch(() => undefined);
    throw cause;
  }
}

/** Statements on one connection. Each is prepared once, except for those that are made for one call. */
class Statements implements Writer {
  readonly #client: pg.PoolClient;
  #sent: Promise<unknown>[] = [];

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async row<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    const rows = await this.rows<Row>(sql, ...values);
    return rows[0];
  }

  async rows<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    const result = await this.#client.query<Row>({ name: nameOf(sql), text: sql, values: [...values] });
    return result.rows;
  }

  async rowsOnce<Row extends object>(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    const result = await this.#client.query<Row>({ text: sql, values: [...values] });
    return result.rows;
  }

  async run(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    const result = await this.#client.query({ name: nameOf(sql), text: sql, values: [...values] });
    return result.rowCount ?? 0;
  }

  async runOnce(sql: string, values: readonly SqlValue[]): Promise<number> {
    const result = await this.#client.query({ text: sql, values: [...values] });
    return result.rowCount ?? 0;
  }

  send(sql: string, ...values: readonly SqlValue[]): void {
    const sent = this.run(sql, ...values);
    // Looked at in `allSent`, which comes too late for Node.js.
    sent.catch(() => undefined);
    this.#sent.push(sent);
  }

  async runScript(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  /** Waits for all that was sent. @throws what the first that failed says. */
  async allSent(): Promise<void> {
    const sent = this.#sent;
    this.#sent = [];
    const results = await Promise.allSettled(sent);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

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
class HeldNames {
  readonly #place: PostgresPlace;
  readonly #held = new Set<string>();
  #client: Promise<pg.Client> | undefined;

  constructor(place: PostgresPlace) {
    this.#place = place;
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
    this.#client ??= this.#connect();
    const client = await this.#client;
    if (this.#held.has(name)) {
      await client.query('select 1');
      return;
    }
    await client.query(`select pg_advisory_lock_shared(${NAME_LOCK}, ${lockKey('$1::text')})`, [name]);
    this.#held.add(name);
  }

  #forget(): void {
    void this.close();
    this.#client = undefined;
    this.#held.clear();
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(connectionSettings(this.#place));
    // What uses it next fails.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}

/** Names of prepared statements are those of a connection, and every connection may use the same ones. */
const NAMES = new Map<string, string>();

function nameOf(sql: string): string {
  const known = NAMES.get(sql);
  if (known !== undefined) return known;
  const name = `s${NAMES.size}`;
  NAMES.set(sql, name);
  return name;
}

function translated(error: unknown): unknown {
  const message = describePostgresFault(error);
  return message === undefined ? error : new HubError('ServiceUnavailable', message, { cause: error });
}
