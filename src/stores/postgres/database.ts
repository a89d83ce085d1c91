// The database of a hub: its connections to one schema, and the reads, searches and transactions that run on them.
import { HubError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import { backendOf, IS_BACKEND } from './backend.ts';
import { CommitMarks, LostCommit } from './commit-marks.ts';
import {
  type Connection,
  inTransaction,
  ONE_MOMENT,
  openPool,
  type Pool,
  type PostgresPlace,
  type Reader,
  type SqlValue,
  Statements,
  withConnection,
  WRITING,
  type Writer,
} from './driver.ts';
import { HeldNames } from './held-names.ts';
import type { Turns } from './lane.ts';
import { describePostgresFault, isConflict, withoutValues } from './postgres-fault.ts';
import { Lines } from './lines.ts';
import { Room } from './room.ts';

/** How often a transaction runs that meets others. It waits for their locks by itself, so there is no pause in between. */
const ATTEMPTS = 8;

/** How long the end of the store waits for a server that says nothing. */
const SILENCE_MS = 10_000;

/** To compile a search into machine code takes longer than its expressions save: they spend their time in functions for JSON. */
const SEARCH_SETTINGS = ' -c jit=off';

/** For the transaction: no other processes of the server take part in its statements. */
const ALONE = 'set local max_parallel_workers_per_gather = 0';

export type OnSilence = (error: Error) => void;

/** One hub's connections. Calls may run at the same time. Every call throws HubError ServiceUnavailable when the database cannot serve it. */
export class Database implements Reader {
  readonly schema: string;
  readonly #lines = new Lines();
  readonly #pool: Pool;
  /** For what may take long, so that devices that wait for their twins do not wait for it. */
  readonly #searchers: Pool;
  readonly #searches = new Room(LIMITS.querySearchesAtOnce.value);
  readonly #names: HeldNames;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #silenceMs: number;
  /** Transactions that write and are under way: beside them a search has one process of the server to itself, and not most of its processors. */
  #writing = 0;
  #marks: CommitMarks | undefined;
  #closed: Promise<void> | undefined;

  /** Connects when it is first used. @param silenceMs how long `close` waits for a server that says nothing. */
  constructor(place: PostgresPlace, silenceMs = SILENCE_MS) {
    this.schema = place.schema;
    this.#silenceMs = silenceMs;
    this.#pool = openPool(place, this.#lines, { max: LIMITS.storeConnections.value });
    this.#searchers = openPool(place, this.#lines, { max: LIMITS.querySearchesAtOnce.value, settings: SEARCH_SETTINGS });
    this.#names = new HeldNames(place, this.#lines);
  }

  /**
   * From this moment on the outcome of every commit is known, also where the connection breaks in between. Takes the schema of the hub.
   * @param onSilence told, with the reason, of each that `transactionUntilKnown` has not found out after as many tries as `transaction` makes.
   */
  markCommits(clock: Clock, onSilence: OnSilence = () => undefined): void {
    this.#marks = new CommitMarks(this.#pool, {
      clock,
      onSilence: (error) => {
        const reason = translated(error);
        onSilence(reason instanceof Error ? reason : new Error(String(reason)));
      },
    });
  }

  row<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return this.#use((connection) => new Statements(connection).row<Row>(sql, ...values));
  }

  rows<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#use((connection) => new Statements(connection).rows<Row>(sql, ...values));
  }

  rowsOnce<Row extends object>(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#use((connection) => new Statements(connection).rowsOnce<Row>(sql, values));
  }

  /** All that the operation reads is of one moment. */
  read<Result>(operation: (reader: Reader) => Promise<Result>): Promise<Result> {
    return this.#use((connection) => inTransaction(connection, ONE_MOMENT, operation));
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
        this.#searches.run(() => this.#within(this.#searchers, (connection) => this.#cancellable(connection, signal, operation))),
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
   * Where the connection breaks while it commits, the outcome is looked up for as long as the limits say.
   * @param turns of whom: theirs run one after the other, in the order of the calls.
   */
  transaction<Result>(operation: (writer: Writer) => Promise<Result>, turns?: Turns): Promise<Result> {
    const run = (): Promise<Result> => this.#transact(operation, LIMITS.storeOutcomeAttempts.value);
    return this.#track(() => (turns ? turns.run(run) : run()));
  }

  /**
   * As `transaction`, for what nobody would find out later: where the connection breaks while it commits, the outcome is looked up until the
   * server is back, however long that takes, or until the end of the store.
   */
  transactionUntilKnown<Result>(operation: (writer: Writer) => Promise<Result>): Promise<Result> {
    return this.#track(() => this.#transact(operation));
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
    this.#marks?.end();
    this.#lines.cutSilent(this.#silenceMs);
    await Promise.allSettled(this.#underWay);
    this.#lines.wakeAll();
    await Promise.all([this.#pool.end(), this.#searchers.end(), this.#names.close()]);
  }

  async #transact<Result>(operation: (writer: Writer) => Promise<Result>, attempts?: number): Promise<Result> {
    this.#writing += 1;
    try {
      return await this.#committed(operation, attempts);
    } finally {
      this.#writing -= 1;
    }
  }

  /** @param attempts to find out what became of it; without end while there is no number. */
  async #committed<Result>(operation: (writer: Writer) => Promise<Result>, attempts?: number): Promise<Result> {
    const marks = this.#marks;
    if (!marks) return await this.#within(this.#pool, (connection) => attempted(() => inTransaction(connection, WRITING, operation)));
    let done: { readonly result: Result } | undefined;
    const noted = async (writer: Writer): Promise<Result> => {
      done = { result: await operation(writer) };
      return done.result;
    };
    try {
      return await this.#within(this.#pool, (connection) => attempted(() => marks.transaction(connection, noted)));
    } catch (error) {
      if (!(error instanceof LostCommit)) throw error;
      if (done && (await marks.isCommitted(error, attempts))) return done.result;
      throw error.cause;
    }
  }

  /** The statement is over before the connection goes to another caller, whom a late cancel would hit. */
  async #cancellable<Result>(connection: Connection, signal: AbortSignal, operation: (reader: Reader) => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    let cancelling: Promise<unknown> = Promise.resolve();
    let cancel = (): void => undefined;
    try {
      return await inTransaction(connection, ONE_MOMENT, async (writer) => {
        if (this.#writing > 0) writer.send(ALONE);
        // Not waited for, since it is sent with what begins the transaction and what the operation asks first.
        const asked = backendOf(connection, writer);
        cancel = () => {
          cancelling = asked
            .then(({ pid, startedAt }) =>
              this.#pool.query(`select pg_cancel_backend(pid) from pg_stat_activity where ${IS_BACKEND}`, [pid, startedAt]),
            )
            .catch(() => undefined);
        };
        signal.addEventListener('abort', cancel);
        const [result] = await Promise.all([operation(untilAborted(signal, writer)), asked]);
        return result;
      });
    } finally {
      signal.removeEventListener('abort', cancel);
      await cancelling;
    }
  }

  #use<Result>(operation: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#track(() => this.#within(this.#pool, operation));
  }

  #within<Result>(pool: Pool, operation: (connection: Connection) => Promise<Result>): Promise<Result> {
    // Whatever waits for its turn while the store is closed would wait for the server once more.
    if (this.#lines.cut) throw new HubError('ServiceUnavailable', 'The store is closed.');
    return withConnection(pool, operation);
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

/** Begins no statement once the signal is aborted, since a cancel that comes between two statements ends neither. */
function untilAborted(signal: AbortSignal, reader: Reader): Reader {
  const going = (): Reader => {
    if (signal.aborted) throw new HubError('RequestTimedOut', 'The search was ended.');
    return reader;
  };
  return {
    row: async (sql, ...values) => await going().row(sql, ...values),
    rows: async (sql, ...values) => await going().rows(sql, ...values),
    rowsOnce: async (sql, values) => await going().rowsOnce(sql, values),
  };
}

async function attempted<Result>(transaction: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (attempt === ATTEMPTS || !isConflict(error)) throw error;
    }
  }
}

/** What goes to the log says nothing of the values of the statement. */
function translated(error: unknown): unknown {
  const message = describePostgresFault(error);
  const cause = withoutValues(error);
  return message === undefined ? cause : new HubError('ServiceUnavailable', message, { cause });
}
