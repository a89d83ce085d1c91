// Errors of the machine or the file, in words for the operator.

/** By the beginning of SQLite's name for them. Any other error is a bug in a statement. */
const REFUSALS: readonly (readonly [code: string, message: string])[] = [
  ['SQLITE_FULL', 'The disk of the store is full. Free some space on it.'],
  ['SQLITE_IOERR', 'The disk of the store failed to read or write. Look at the disk.'],
  ['SQLITE_READONLY', 'The store may not be written. Give the hub the right to write the file and its folder.'],
  ['SQLITE_CANTOPEN', 'The store cannot be opened. Give the hub the right to read and write the file and its folder.'],
  ['SQLITE_PERM', 'The store may not be opened. Give the hub the right to read and write the file.'],
  ['SQLITE_BUSY', 'Another program holds the store. End that program.'],
  ['SQLITE_LOCKED', 'Another program holds the store. End that program.'],
  ['SQLITE_PROTOCOL', 'Another program holds the store. End that program.'],
  ['SQLITE_NOTADB', 'The store is no SQLite database. Name another file, or restore this one from a backup.'],
  ['SQLITE_CORRUPT', 'The store is damaged. Restore it from a backup.'],
  ['SQLITE_NOMEM', 'The store ran out of memory.'],
];

export function describeSqliteFault(code: string): string | undefined {
  return REFUSALS.find(([beginning]) => code.startsWith(beginning))?.[1];
}
