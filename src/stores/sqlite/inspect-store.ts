// Looks at a database file without changing it, while a hub runs on it or none does.
import { statSync } from 'node:fs';
import { HubError } from '../../domain/errors.ts';
import type { StoreInspection } from '../../ports/store-inspection.ts';
import { openForInspection, type Reader } from './driver.ts';
import { MIGRATIONS, readSchemaVersion } from './migrate.ts';

/**
 * @param readAtMostBytes a larger file is not read as a whole, so its integrity stays unknown; reading blocks this thread, about a second
 * for each gigabyte in memory. A hub on the file goes on writing meanwhile.
 */
export function inspectSqliteStore(path: string, readAtMostBytes: number): StoreInspection {
  try {
    const bytes = sizeOf(path);
    if (bytes === undefined) return { kind: 'absent', path };
    const connection = openForInspection(path);
    try {
      return connection.read((reader) => ({
        kind: 'readable',
        path,
        bytes,
        logBytes: sizeOf(`${path}-wal`) ?? 0,
        schemaVersion: readSchemaVersion(reader),
        newestVersion: MIGRATIONS.length,
        integrity: bytes > readAtMostBytes ? 'unknown' : integrityOf(reader),
      }));
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof HubError) return { kind: 'unusable', path, reason: error.message };
    if (error instanceof Error && 'syscall' in error) return { kind: 'unusable', path, reason: `${error.message}. Correct its rights.` };
    throw error;
  }
}

/** Without a comparison of every index with its table, which takes many times longer. */
function integrityOf(reader: Reader): 'intact' | 'damaged' {
  return reader.row<{ quick_check: string }>('pragma quick_check(1)')?.quick_check === 'ok' ? 'intact' : 'damaged';
}

/** `undefined` when there is no such file. */
function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
