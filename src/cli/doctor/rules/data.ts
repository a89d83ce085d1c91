// Judges what lies on the disk: the data dir, the space that is left, and the database.
import type { StoreInspection } from '../../../ports/store-inspection.ts';
import { failed, ok, skipped, type Verdict, warning } from '../finding.ts';
import type { FolderFacts } from '../probes/machine.ts';

const MIB = 1024 * 1024;
/** Less than the log of the database may take by itself. */
const TOO_LITTLE_BYTES = 128 * MIB;
const LITTLE_BYTES = 1024 * MIB;
/** The hub cuts its log to 64 MB whenever nobody reads what is in it. */
const LONG_LOG_BYTES = 512 * MIB;

export function judgeFolder(dataDir: string, facts: FolderFacts): Verdict {
  switch (facts.kind) {
    case 'absent':
      return skipped(`There is no folder ${dataDir}.`, 'Start the hub, which makes it, or name another with --data-dir.');
    case 'unusable':
      return failed(
        `You cannot use ${dataDir} (${facts.fault}).`,
        'Run this and the hub as the user who owns the folder, or name another with --data-dir.',
      );
    case 'usable':
      if (facts.exposed.length === 0) return ok(`${dataDir} may be written, and its secrets are for their owner alone.`);
      return warning(
        `Others may read secrets in ${dataDir}: ${facts.exposed.join(', ')}.`,
        'Take their rights away: `chmod 600` for these files.',
      );
  }
}

/** @param bytes what is left for the user; `undefined` when the system does not say. */
export function judgeSpace(bytes: number | undefined): Verdict {
  if (bytes === undefined) return skipped('The system does not say how much disk space is left.', 'Look at it yourself.');
  const seen = `${plainBytes(bytes)} of disk space are left.`;
  if (bytes < TOO_LITTLE_BYTES) return failed(seen, 'Free some space on the disk of the data dir: writes fail when it is full.');
  return bytes < LITTLE_BYTES ? warning(seen, 'Free some space on the disk of the data dir before it is full.') : ok(seen);
}

export function judgeStore(store: StoreInspection): Verdict {
  switch (store.kind) {
    case 'ephemeral':
      return ok('Nothing is kept: devices and twins are forgotten when the hub stops.');
    case 'absent':
      return skipped(`There is no database ${store.path} yet.`, 'Start the hub, which makes it.');
    case 'elsewhere':
      return skipped(
        `${store.name}: this command has no password for it.`,
        `Look at 'ready': the hub reads and writes its store for it. For size and schema run this while the hub is stopped, with its --store.`,
      );
    case 'served':
      return judgeServed(store);
    case 'unusable':
      return failed(`${store.path} cannot be used.`, store.reason);
    case 'readable':
      return judgeDatabase(store);
  }
}

type Database = Extract<StoreInspection, { kind: 'readable' }>;

function judgeDatabase({ path, bytes, logBytes, schemaVersion, newestVersion, integrity }: Database): Verdict {
  if (integrity === 'damaged') {
    return failed(`${path} is damaged.`, 'Stop the hub and restore a backup (docs/operations.md, Data and backup).');
  }
  const seen = `${path}, ${plainBytes(bytes)}, schema ${schemaVersion}`;
  if (logBytes > LONG_LOG_BYTES) {
    return warning(
      `${seen}; its log has grown to ${plainBytes(logBytes)}.`,
      'End programs that read the database for long, such as a backup, or start the hub again.',
    );
  }
  if (schemaVersion > 0 && schemaVersion < newestVersion) return olderSchema(seen, newestVersion);
  if (integrity === 'unknown') {
    return skipped(
      `${seen}; too large to be read as a whole in passing.`,
      `Read all of it with \`sqlite3 '${path}' 'pragma quick_check'\`.`,
    );
  }
  return ok(`${seen}, intact.`);
}

function judgeServed({ name, bytes, schemaVersion, newestVersion }: Extract<StoreInspection, { kind: 'served' }>): Verdict {
  const seen = `${name}, ${plainBytes(bytes)}, schema version ${schemaVersion}`;
  return schemaVersion < newestVersion ? olderSchema(seen, newestVersion) : ok(`${seen}.`);
}

function olderSchema(seen: string, newestVersion: number): Verdict {
  return warning(
    `${seen}, which the next start makes schema ${newestVersion}.`,
    'Make a backup first: an older twinhub does not read it after that.',
  );
}

function plainBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < MIB) return `${Math.round(bytes / 1024)} KiB`;
  return bytes < 1024 * MIB ? `${Math.round(bytes / MIB)} MiB` : `${(bytes / (1024 * MIB)).toFixed(1)} GiB`;
}
