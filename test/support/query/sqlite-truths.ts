// What the SQL of conditions says of each device in a SQLite database.
import type { Expression } from '../../../src/domain/query/ast.ts';
import type { Connection } from '../../../src/stores/sqlite/driver.ts';
import { compileCondition } from '../../../src/stores/sqlite/query-compiler.ts';

/** For each device, one truth for each condition. */
export function truthsIn(connection: Connection, conditions: readonly Expression[]): ReadonlyMap<string, readonly (boolean | null)[]> {
  const truths = new Map<string, (boolean | null)[]>();
  for (const each of conditions) {
    const { sql, values } = compileCondition(each);
    const statement = `select t.device_id, ${sql} as truth from twins as t join devices as d on d.device_id = t.device_id`;
    const scan = { sql: statement, values, cancelled: new Int32Array(new SharedArrayBuffer(4)) };
    const rows = connection.read((reader) => [...reader.scan<{ readonly device_id: string; readonly truth: number | null }>(scan)]);
    for (const { device_id: deviceId, truth } of rows) {
      truths.set(deviceId, [...(truths.get(deviceId) ?? []), truth === null ? null : truth === 1]);
    }
  }
  return truths;
}
