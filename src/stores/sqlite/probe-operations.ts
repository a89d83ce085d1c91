// The smallest read and the smallest write, which show that a store answers.
import type { Reader, Writer } from './driver.ts';

export function probeRead(reader: Reader): void {
  reader.row('select 1 from sqlite_schema');
}

/** Rewrites the schema version with itself: one page goes to the log and to the disk, and nothing changes. */
export function probeWrite(writer: Writer): void {
  const version = writer.row<{ readonly user_version: number }>('pragma user_version')?.user_version ?? 0;
  writer.run(`pragma user_version = ${version}`);
}
