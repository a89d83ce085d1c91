// The hub's database file on disk: one hub at a time, for its owner's eyes only, at the schema of this program.
import { closeSync, openSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HubError } from '../../domain/errors.ts';
import { type Connection, type Durability, lockFile, openForWriting } from './driver.ts';
import { migrate } from './migrate.ts';

export type DatabaseFile = {
  readonly connection: Connection;
  /** Closes the connection and lets another hub have the file. */
  readonly close: () => void;
};

/**
 * Opens the file, and makes it where there is none. Beside it stands `<file>-lock`, which is empty and stays.
 * @throws HubError ServiceUnavailable with the path, the reason and the way out.
 */
export function openDatabaseFile(path: string, durability: Durability): DatabaseFile {
  const undo: (() => void)[] = [];
  const close = (): void => {
    while (undo.length > 0) undo.pop()?.();
  };
  try {
    undo.push(takeLock(path));
    createForOwner(path);
    const connection = openForWriting(path, durability);
    undo.push(() => connection.close());
    migrate(connection);
    return { connection, close };
  } catch (error) {
    close();
    throw error instanceof HubError ? new HubError(error.code, `Cannot use ${path} as store. ${error.message}`, { cause: error }) : error;
  }
}

function takeLock(path: string): () => void {
  const unlock = lockFile(`${realPath(path)}-lock`);
  if (!unlock) throw new HubError('ServiceUnavailable', 'Another hub is running on it. Stop that hub, or name another file.');
  return unlock;
}

/** The same for one file, also when it is reached through links. */
function realPath(path: string): string {
  return pathOf(path) ?? join(existing(dirname(path)), basename(path));
}

function existing(folder: string): string {
  const path = pathOf(folder);
  if (path === undefined) throw new HubError('ServiceUnavailable', 'Its folder does not exist. Make the folder, or name another file.');
  return path;
}

/** `undefined` when nothing is there. */
function pathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unusable(error);
  }
}

/** Only under the lock: to close a file takes from the whole process the locks that it has on that file. */
function createForOwner(path: string): void {
  try {
    // The file holds keys. What SQLite makes beside it takes over its mode.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unusable(error);
  }
}

function unusable(error: unknown): HubError {
  const reason = error instanceof Error ? error.message : String(error);
  return new HubError('ServiceUnavailable', `The system says: ${reason}. Name a file in a folder that the hub may write.`, {
    cause: error,
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
