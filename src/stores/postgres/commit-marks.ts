// Finds out what became of a commit whose answer never came, because the connection broke in between.
import { LIMITS } from '../../domain/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Backend, backendOf, IS_BACKEND } from './backend.ts';
import { type Connection, inTransaction, isReusable, type Pool, Statements, withConnection, WRITING, type Writer } from './driver.ts';

/*
 * Each transaction begins with a mark of its own in a row that no other one writes meanwhile. It has had the answer to that when it sends its
 * commit, so it holds the row until it ends, whatever the server has still to read of the connection. Whoever gets the row afterwards sees by the
 * mark how it ended, also after a crash of the server and on a standby in its place, which know no transaction by its number any more.
 */

/** Of the table `commits`. `mark`: the last one that was tried. */
type MarkedRow = { readonly id: number; mark: number };

/** Of a transaction whose commit was sent and not answered. `cause`: what broke the connection, or what the server said of its own end. */
export class LostCommit extends Error {
  readonly row: MarkedRow;
  readonly backend: Backend;

  constructor(row: MarkedRow, backend: Backend, cause: unknown) {
    super('The connection terminated before the commit was answered.', { cause });
    this.row = row;
    this.backend = backend;
  }
}

/** `onSilence`: told of a lookup without end whose answer takes longer than one with an end would wait, with what kept the latest try from it. */
type Surroundings = { readonly clock: Clock; readonly onSilence: (error: unknown) => void };

export class CommitMarks {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #onSilence: (error: unknown) => void;
  readonly #free: MarkedRow[] = [];
  readonly #ending = Promise.withResolvers<void>();
  #ended = false;

  constructor(pool: Pool, { clock, onSilence }: Surroundings) {
    this.#pool = pool;
    this.#clock = clock;
    this.#onSilence = onSilence;
  }

  /** From this moment it asks no more than once. */
  end(): void {
    this.#ended = true;
    this.#ending.resolve();
  }

  /** As `inTransaction`. @throws LostCommit where the connection or the server broke while it committed. */
  async transaction<Result>(connection: Connection, operation: (writer: Writer) => Promise<Result>): Promise<Result> {
    const row = this.#free.pop() ?? (await newRow(connection));
    row.mark += 1;
    let committing: Backend | undefined;
    try {
      const answer = await inTransaction(connection, WRITING, async (writer) => {
        const marking = Promise.all([backendOf(connection, writer), mark(writer, row)]);
        marking.catch(() => undefined);
        const result = await operation(writer).catch(async (error: unknown) => {
          // Where the mark failed, that is why.
          await marking;
          throw error;
        });
        [committing] = await marking;
        return result;
      });
      this.#free.push(row);
      return answer;
    } catch (error) {
      if (isReusable(connection, error)) this.#free.push(row);
      else if (committing) throw new LostCommit(row, committing, error);
      // The server may be in the midst of any other, and hold its row: whoever took it would wait for that.
      throw error;
    }
  }

  /**
   * Asks again while the server is away.
   * @param attempts how often; without end while there is no number.
   * @throws what broke the connection, where the outcome cannot be known: also when this has ended.
   */
  async isCommitted(lost: LostCommit, attempts?: number): Promise<boolean> {
    let pauseMs = LIMITS.storeOutcomeFirstMs.value;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.#ask(lost);
        this.#free.push(lost.row);
        return answer;
      } catch (error) {
        if (this.#ended || attempt === attempts) throw lost.cause;
        if (attempt === LIMITS.storeOutcomeAttempts.value) this.#onSilence(error);
      }
      await this.#pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LIMITS.storeOutcomeLastMs.value);
    }
  }

  /** Waits for the end of the transaction, which the server otherwise sees only when it finds that nobody is at the other end. */
  #ask({ row, backend }: LostCommit): Promise<boolean> {
    return withConnection(this.#pool, async (connection) => {
      await new Statements(connection).row(
        `select pg_terminate_backend(pid)
         from pg_stat_activity
         where ${IS_BACKEND}
         and state like 'idle in transaction%'`,
        backend.pid,
        backend.startedAt,
      );
      return inTransaction(connection, WRITING, async (writer) => {
        // Waits also for a transaction that makes the row, which a select would not see.
        const found = await writer.row<{ readonly mark: number }>(
          `insert into commits (id, mark)
           values ($1, 0)
           on conflict (id) do update
           set at = excluded.at
           returning mark`,
          row.id,
        );
        return found?.mark === row.mark;
      });
    });
  }

  async #pause(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = this.#clock.after(ms, over.resolve);
    await Promise.race([over.promise, this.#ending.promise]);
    timer.cancel();
  }
}

/** Those of hubs that ended, or of connections that did, long ago. One that a transaction writes stays, and is not waited for. */
export function trimMarks(writer: Writer): Promise<number> {
  return writer.run(
    `delete from commits
     where id in (
       select id
       from commits
       where at < now() - interval '1 day'
       for update skip locked
     )`,
  );
}

async function newRow(connection: Connection): Promise<MarkedRow> {
  const row = await new Statements(connection).row<{ readonly id: number }>('insert into commits (mark) values (0) returning id');
  return { id: row?.id ?? 0, mark: 0 };
}

/** Makes the row again where it was trimmed since. */
function mark(writer: Writer, row: MarkedRow): Promise<number> {
  return writer.run(
    `insert into commits (id, mark)
     values ($1, $2)
     on conflict (id) do update
     set mark = excluded.mark, at = excluded.at`,
    row.id,
    row.mark,
  );
}
