// The one file that knows the PostgreSQL driver: connections to one schema, and the statements that run on them.
import pg from 'pg';
import type { Lines } from './lines.ts';
import { isConnectionFault, namingStatement } from './postgres-fault.ts';

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

/** One connection that a call has for itself. */
export type Connection = pg.PoolClient;

/** Connections that calls take and give back. */
export type Pool = pg.Pool;

/** How long a call waits for a connection: a new one, or one of those that others use. */
const CONNECTION_TIMEOUT_MS = 10_000;

/** Longer than any search may take. Who waits longer for an answer waits for a machine that is gone. */
const ANSWER_TIMEOUT_MS = 60_000;

/** How long a statement waits for rows that another connection has locked, such as that of a person who forgot to commit. */
const LOCK_TIMEOUT_MS = 5000;

const BIGINT_OID = 20;
const JSON_OID = 114;
const JSONB_OID = 3802;

/** Begins a transaction that writes. */
export const WRITING = 'begin';

/** Begins one that sees everything at one moment. */
export const ONE_MOMENT = 'begin isolation level repeatable read read only';

function connectionSettings({ url, schema }: PostgresPlace, settings = ''): pg.ClientConfig {
  return {
    connectionString: url,
    options: `-c search_path=${schema}${settings}`,
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

/** @param max how many connections; each is opened when it is first needed. @param settings of the server for each of them, as it takes them on its command line. */
export function openPool(
  place: PostgresPlace,
  lines: Lines,
  { max, settings }: { readonly max: number; readonly settings?: string },
): Pool {
  const pool = new pg.Pool({ ...connectionSettings(place, settings), max, Client: clientOn(lines) });
  pool.on('acquire', (client) => lines.wake(client));
  pool.on('release', (_, client) => lines.rest(client));
  // A connection that breaks fails the calls that use it, and the pool replaces it; the driver would end the process without these.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** A client of the driver that has its line from there. */
function clientOn(lines: Lines): typeof pg.Client {
  return class extends pg.Client {
    constructor(settings?: string | pg.ClientConfig) {
      const line = lines.newLine();
      super({ ...(typeof settings === 'object' && settings), stream: () => line });
      lines.name(line, this);
    }
  };
}

/** A connection outside every pool, for what belongs to a connection. Where it breaks, what uses it next fails. */
export async function openConnection(place: PostgresPlace, lines: Lines): Promise<pg.Client> {
  const Client = clientOn(lines);
  const client = new Client(connectionSettings(place));
  client.on('error', () => undefined);
  await client.connect();
  return client;
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

/** Calls with a connection, which goes back to the others afterwards unless it broke. */
export async function withConnection<Result>(pool: Pool, operation: (connection: Connection) => Promise<Result>): Promise<Result> {
  const connection = await pool.connect();
  try {
    const result = await operation(connection);
    connection.release();
    return result;
  } catch (error) {
    // One whose transaction could not be ended would run the next caller's statements in it.
    connection.release(!isReusable(connection, error));
    throw error;
  }
}

/** Of a connection whose call failed: whether the server has ended the transaction, if there was one, and answers further statements. */
export function isReusable(connection: Connection, error: unknown): boolean {
  return !isConnectionFault(error) && connection.getTransactionStatus() === 'I';
}

/** Commits when the operation returns, and undoes all of it when it throws. @param begin `WRITING` or `ONE_MOMENT`. */
export async function inTransaction<Result>(
  connection: Connection,
  begin: string,
  operation: (writer: Writer) => Promise<Result>,
): Promise<Result> {
  const statements = new Statements(connection);
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
    // Of a broken connection nothing is left to undo, and one whose server is silent would not answer.
    if (!isConnectionFault(cause)) await connection.query('rollback').catch(() => undefined);
    throw cause;
  }
}

/** Statements on one connection. Each is prepared once, except for those that are made for one call. */
export class Statements implements Writer {
  readonly #connection: Connection;
  #sent: Promise<unknown>[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async row<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    const rows = await this.rows<Row>(sql, ...values);
    return rows[0];
  }

  async rows<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    const result = await this.#query<Row>({ name: nameOf(sql), text: sql, values: values.map(storable) });
    return result.rows;
  }

  async rowsOnce<Row extends object>(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    const result = await this.#query<Row>({ text: sql, values: values.map(storable) });
    return result.rows;
  }

  async run(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    const result = await this.#query({ name: nameOf(sql), text: sql, values: values.map(storable) });
    return result.rowCount ?? 0;
  }

  async runOnce(sql: string, values: readonly SqlValue[]): Promise<number> {
    const result = await this.#query({ text: sql, values: values.map(storable) });
    return result.rowCount ?? 0;
  }

  send(sql: string, ...values: readonly SqlValue[]): void {
    const sent = this.run(sql, ...values);
    // Looked at in `allSent`, which comes too late for Node.js.
    sent.catch(() => undefined);
    this.#sent.push(sent);
  }

  async runScript(sql: string): Promise<void> {
    await this.#query({ text: sql });
  }

  /** Waits for all that was sent. @throws what the first that failed says. */
  async allSent(): Promise<void> {
    const sent = this.#sent;
    this.#sent = [];
    const results = await Promise.allSettled(sent);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#connection.query<Row>(query);
    } catch (error) {
      throw namingStatement(error, query.text);
    }
  }
}

/**
 * PostgreSQL takes no NUL in texts. The rules keep it out of whatever is stored, so a text with one can only be looked for, as an id in a path can;
 * what stands in its place is in no id either.
 */
function storable(value: SqlValue): SqlValue {
  return typeof value === 'object' && value !== null ? value.map(withoutNul) : withoutNul(value);
}

function withoutNul<Value>(value: Value): Value | string {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
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
