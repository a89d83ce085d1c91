// The one file that knows the SQLite driver: connections to a database file and the statements that run on them.
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { HubError } from '../../domain/errors.ts';
import { LastUsed } from './last-used.ts';
import { describeSqliteFault } from './sqlite-fault.ts';

export type SqlValue = string | number | null;

/** `full`: a commit survives a loss of power. `none`: it survives the end of the process, not that of the machine. */
export type Durability = 'full' | 'none';

/** What a connection answers at any time. `Row` is the caller's word for what its statement selects. */
export interface Reader {
  /** The first row; `undefined` when there is none. */
  row<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined;
  rows<Row>(sql: string, ...values: readonly SqlValue[]): readonly Row[];
  /** As `row`, for a statement that is made for this one call. */
  rowOnce<Row>(sql: string, values: NamedValues): Row | undefined;
  /** The rows of a statement that may look at every row there is, one after the other. No other scan of the same statement may begin before the last one is read, or left. */
  scan<Row>(scan: Scan): Iterable<Row>;
}

/**
 * `sql` holds `scan_goes_on(<column>)` as a term of its WHERE, with a column of the table that it goes through. The scan ends with a
 * HubError RequestTimedOut when `cancelled` holds anything but 0 at its beginning or when it is asked for a row; another thread may put that there. `seen` counts the rows of each table for which `sql` holds
 * the term `row_seen('<table>', <column>)`, and under `''` how often `scan_goes_on` was asked
 * for a row.
 */
type Scan = { readonly sql: string; readonly values: NamedValues; readonly cancelled: CancelFlag; readonly seen?: Map<string, number> };

/** For parameters that a statement names `:name`. Values that it does not name are ignored. */
export type NamedValues = Readonly<Record<string, SqlValue>>;

/** One number in memory that threads share. */
export type CancelFlag = Int32Array<SharedArrayBuffer>;

/** A function that statements can call, with any number of arguments. The same arguments always give the same result. */
export type SqlFunction = { readonly name: string; readonly run: (...values: readonly SqlValue[]) => SqlValue };

/** A table to which writes only ever add rows, which nobody reads in their transaction. `insertion` takes the rows as one JSON array of arrays. */
export type LogTable = { readonly insertion: string };

export function logTable(name: string, columns: readonly string[]): LogTable {
  return {
    insertion: `
      insert into ${name} (${columns.join(', ')})
      select ${columns.map((_, index) => `value ->> ${index}`).join(', ')}
      from json_each(?)
      order by key`,
  };
}

/** What only a transaction offers. */
export interface Writer extends Reader {
  /** @returns how many rows were inserted, updated or deleted. */
  run(sql: string, ...values: readonly SqlValue[]): number;
  /** Adds a row when the transaction ends, in the order of these calls. Until then it is not there to read. */
  append(log: LogTable, values: readonly SqlValue[]): void;
  /** Runs a statement that is made for this one call. @returns as `run`. */
  runOnce(sql: string, values: NamedValues): number;
  /** Runs an operation of several writes. When it throws, what it wrote is undone, and the transaction goes on. */
  together<Result>(operation: () => Result): Result;
  /** Runs several statements. */
  runScript(sql: string): void;
}

/** How long a statement waits while another program, such as a backup, holds the file, unless its connection does not wait. */
const BUSY_TIMEOUT_MS = 5000;

/** How long a hub waits for the lock of its folder: whoever only looks at it has it for less than a millisecond. */
const LOCK_TIMEOUT_MS = 100;

/** Bounds the memory of each connection. What it has no room for, the operating system keeps. */
const CACHE_KIB = 16 * 1024;

/** Twins are a few KB: larger pages hold more of them without overflow. Applies to files made from here on. */
const PAGE_BYTES = 8192;

/** The log is copied back into the database after so many pages, and the file cut to this size when it ever grew past it. */
const LOG_PAGES = 4000;
const LOG_BYTES = 2 * LOG_PAGES * PAGE_BYTES;

/**
 * Opens a file that exists for the one who writes it. Changes nothing in the file: see `useWriteAheadLog`.
 * @throws HubError ServiceUnavailable when that cannot be done.
 */
export function openForWriting(path: string, durability: Durability): Connection {
  const pragmas = [
    // The driver's build would make commits in WAL mode survive the process only.
    `synchronous = ${durability === 'full' ? 'full' : 'off'}`,
    // On macOS an ordinary flush leaves data in the cache of the drive; elsewhere this has no effect.
    `fullfsync = ${durability === 'full' ? 'on' : 'off'}`,
    'foreign_keys = on',
    `wal_autocheckpoint = ${LOG_PAGES}`,
    `journal_size_limit = ${LOG_BYTES}`,
  ];
  return open(path, { readonly: false, pragmas, durability });
}

type ReadingOptions = {
  readonly functions?: readonly SqlFunction[];
  /** Whether its statements wait while another program, such as a backup, holds the file; true unless given. */
  readonly mayWait?: boolean;
};

/** Opens a file that the hub writes on another connection. @throws HubError ServiceUnavailable when that cannot be done. */
export function openForReading(path: string, { functions = [], mayWait = true }: ReadingOptions = {}): Connection {
  const connection = open(path, { readonly: true, pragmas: [], waitMs: mayWait ? BUSY_TIMEOUT_MS : 0 });
  for (const sqlFunction of functions) connection.define(sqlFunction);
  return connection;
}

/**
 * Opens a file that exists to look at it, and leaves file and folder as they are, whether a hub uses it or not.
 * @throws HubError ServiceUnavailable when that cannot be done.
 */
export function openForInspection(path: string): Connection {
  // A connection that may not write leaves the log behind that it had to make. One that may removes it, and where there was no log there is
  // nothing that it could copy into the file.
  return open(path, { readonly: existsSync(`${path}-wal`), pragmas: ['query_only = on'] });
}

type OpenOptions = {
  readonly readonly: boolean;
  readonly pragmas: readonly string[];
  readonly durability?: Durability;
  readonly waitMs?: number;
};

function open(path: string, options: OpenOptions): Connection {
  const { readonly, pragmas, durability = 'none', waitMs = BUSY_TIMEOUT_MS } = options;
  return translated(() => {
    const database = new Database(path, { readonly, fileMustExist: true, timeout: waitMs });
    for (const pragma of [...pragmas, `cache_size = -${CACHE_KIB}`, 'trusted_schema = off']) database.pragma(pragma);
    return new Connection(database, durability);
  });
}

/** Whether a hub, in this process or another, holds the lock of this file. @throws HubError ServiceUnavailable when it cannot be read. */
export function isLocked(path: string): boolean {
  if (!existsSync(path)) return false;
  return translated(() => {
    const database = new Database(path, { readonly: true, timeout: 0 });
    try {
      database.exec('select 1 from sqlite_schema');
      return false;
    } catch (error) {
      if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') return true;
      throw error;
    } finally {
      database.close();
    }
  });
}

/**
 * Takes a lock on a file that is there for nothing else, and makes that file where there is none. The operating system ends it with the process, however that ends.
 * @returns what gives the lock back, or `undefined` when another hub holds it, in this process or another.
 * @throws HubError ServiceUnavailable when the file cannot be used.
 */
export function lockFile(path: string): (() => void) | undefined {
  return translated(() => {
    const database = new Database(path, { timeout: LOCK_TIMEOUT_MS });
    try {
      // Nothing is ever written, so nothing needs a journal on the disk.
      database.exec('pragma journal_mode = memory; begin exclusive');
    } catch (error) {
      database.close();
      if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') return undefined;
      throw error;
    }
    return () => database.close();
  });
}

/** One connection. Its calls are synchronous, so it belongs in a thread of its own. */
export class Connection {
  readonly #database: Database.Database;
  readonly #statements: Statements;
  readonly #durability: Durability;
  #waitsForDisk: boolean;

  constructor(database: Database.Database, durability: Durability) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#durability = durability;
    this.#waitsForDisk = durability === 'full';
  }

  /** All that the operation reads is of one moment. @throws HubError ServiceUnavailable when the machine refuses, as with a broken file. */
  read<Result>(operation: (reader: Reader) => Result): Result {
    return this.#between('begin', operation);
  }

  /**
   * Commits when the operation returns and undoes all of it when it throws.
   * @throws HubError ServiceUnavailable when the machine refuses, as with a full disk; nothing has changed then.
   */
  transaction<Result>(operation: (writer: Writer) => Result): Result {
    this.#waitForDisk(this.#durability === 'full');
    return this.#between('begin immediate', operation);
  }

  /** As `transaction`, but a loss of power may take the commit back as long as no durable one has followed it. Nothing else is lost by that. */
  relaxedTransaction<Result>(operation: (writer: Writer) => Result): Result {
    this.#waitForDisk(false);
    return this.#between('begin immediate', operation);
  }

  /** Lets statements call the function. */
  define({ name, run }: SqlFunction): void {
    // SQLite gives what the statement has, and those are values.
    const call = (...values: readonly unknown[]): SqlValue => run(...(values as readonly SqlValue[]));
    this.#database.function(name, { deterministic: true, directOnly: true, varargs: true }, call);
  }

  /** Makes readers and the writer independent of each other. The file stays so. @throws HubError ServiceUnavailable. */
  useWriteAheadLog(): void {
    const mode = translated(() => {
      // Has an effect only on a file that is still empty.
      this.#database.pragma(`page_size = ${PAGE_BYTES}`);
      return this.#database.pragma('journal_mode = wal', { simple: true });
    });
    if (mode !== 'wal') {
      throw new HubError('ServiceUnavailable', 'The file system of the store cannot share memory between connections. Use a local disk.');
    }
  }

  close(): void {
    translated(() => this.#database.close());
  }

  #waitForDisk(waits: boolean): void {
    if (waits === this.#waitsForDisk) return;
    // With NORMAL the log still reaches the disk before it is copied into the database, so that the file stays whole.
    translated(() => this.#database.pragma(`synchronous = ${waits ? 'full' : 'normal'}`));
    this.#waitsForDisk = waits;
  }

  #between<Result>(begin: string, operation: (writer: Writer) => Result): Result {
    return translated(() => {
      this.#statements.run(begin);
      try {
        const result = operation(this.#statements);
        this.#statements.insertAppended();
        this.#statements.run('commit');
        return result;
      } catch (error) {
        this.#statements.forgetAppended(0);
        // On some errors, such as a full disk, SQLite has rolled back by itself.
        if (this.#database.inTransaction) this.#statements.run('rollback');
        throw error;
      }
    });
  }
}

/** How many statements are kept: all that the hub has, and those that name one of its indexes, which come and go. */
const MOST_PREPARED = 1000;

/** How many statements of scans are kept, those that were used last, and of which length. */
const MOST_SCANS = 50;
const MOST_SCAN_CHARS = 20_000;

/** Prepares each statement once, except for those that are made for one call. */
class Statements implements Writer {
  readonly #database: Database.Database;
  readonly #prepared = new Map<string, Database.Statement>();
  readonly #scans = new LastUsed<Database.Statement>(MOST_SCANS);
  readonly #appended: { readonly log: LogTable; readonly values: readonly SqlValue[] }[] = [];
  /** Of the scan under way. */
  #cancelled: CancelFlag | undefined;
  #seen: Map<string, number> | undefined;

  constructor(database: Database.Database) {
    this.#database = database;
    // Takes a column so that SQLite calls it for each row, and not once before the first.
    database.function('scan_goes_on', { deterministic: false, directOnly: true }, (_column) => this.#checkScan());
    database.function('row_seen', { deterministic: false, directOnly: true }, (table, _column) => this.#countRow(String(table)));
  }

  row<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    // The caller wrote the statement and the type of its rows side by side.
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  rows<Row>(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    // As above.
    return this.#prepare(sql).all(...values) as readonly Row[];
  }

  rowOnce<Row>(sql: string, values: NamedValues): Row | undefined {
    // As above.
    return this.#database.prepare(sql).get(values) as Row | undefined;
  }

  *scan<Row>({ sql, values, cancelled, seen }: Scan): Generator<Row> {
    this.#cancelled = cancelled;
    this.#seen = seen;
    this.#checkCancelled();
    // As above. Whoever stops before the last row ends the statement by that.
    yield* this.#prepareScan(sql).iterate(values) as IterableIterator<Row>;
  }

  run(sql: string, ...values: readonly SqlValue[]): number {
    return this.#prepare(sql).run(...values).changes;
  }

  append(log: LogTable, values: readonly SqlValue[]): void {
    this.#appended.push({ log, values });
  }

  /** In one statement for each table: that costs half as much as one for each row. */
  insertAppended(): void {
    if (this.#appended.length === 0) return;
    for (const [{ insertion }, rows] of Map.groupBy(this.#appended, ({ log }) => log)) {
      this.run(insertion, JSON.stringify(rows.map(({ values }) => values)));
    }
    this.forgetAppended(0);
  }

  /** All but the first so many. */
  forgetAppended(kept: number): void {
    this.#appended.length = kept;
  }

  runOnce(sql: string, values: NamedValues): number {
    return this.#database.prepare(sql).run(values).changes;
  }

  together<Result>(operation: () => Result): Result {
    this.run('savepoint together');
    const appendedBefore = this.#appended.length;
    try {
      const result = operation();
      this.run('release together');
      return result;
    } catch (error) {
      this.forgetAppended(appendedBefore);
      // Where SQLite has rolled back by itself, there is nothing left to go back to.
      if (this.#database.inTransaction) {
        this.run('rollback to together');
        this.run('release together');
      }
      throw error;
    }
  }

  runScript(sql: string): void {
    this.#database.exec(sql);
  }

  #checkScan(): number {
    this.#countRow('');
    this.#checkCancelled();
    return 1;
  }

  #checkCancelled(): void {
    if (this.#cancelled && Atomics.load(this.#cancelled, 0) !== 0) throw new HubError('RequestTimedOut', 'The search was ended.');
  }

  #countRow(table: string): number {
    this.#seen?.set(table, (this.#seen.get(table) ?? 0) + 1);
    return 1;
  }

  /** Callers ask the same with other values: to make a statement takes as long as to find a page by an index. */
  #prepareScan(sql: string): Database.Statement {
    const prepare = (): Database.Statement => this.#database.prepare(sql);
    return sql.length <= MOST_SCAN_CHARS ? this.#scans.get(sql, prepare) : prepare();
  }

  #prepare(sql: string): Database.Statement {
    const known = this.#prepared.get(sql);
    if (known) return known;
    if (this.#prepared.size >= MOST_PREPARED) this.#prepared.clear();
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

function translated<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    const message = describeSqliteFault(error.code);
    if (message === undefined) throw error;
    throw new HubError('ServiceUnavailable', message, { cause: error });
  }
}
