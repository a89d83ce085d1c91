// Which process of the server serves a connection, so that another connection can have it ended.
import { type Connection, Statements, type Reader } from './driver.ts';

/** Numbers of processes are given out again, after a crash of the server from the beginning: only together with the start is it this one. */
export type Backend = { readonly pid: number; readonly startedAt: string };

/** A condition on `pg_stat_activity` that has both as its first two parameters. */
export const IS_BACKEND = 'pid = $1 and extract(epoch from backend_start)::text = $2';

const KNOWN = new WeakMap<Connection, Backend>();

/** Asked once for each connection. Sent at once, so that a statement of the caller can follow it. */
export async function backendOf(connection: Connection, reader: Reader = new Statements(connection)): Promise<Backend> {
  const known = KNOWN.get(connection);
  if (known) return known;
  const found = await reader.row<Backend>(
    `select pid, extract(epoch from backend_start)::text as "startedAt"
     from pg_stat_activity
     where pid = pg_backend_pid()`,
  );
  const backend = found ?? { pid: 0, startedAt: '' };
  KNOWN.set(connection, backend);
  return backend;
}
