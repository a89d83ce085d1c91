// What a search does besides finding: it stops when it is told to, and it looks at no more devices than it must.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCondition, parseQuery } from '../../../../src/domain/query/parser.ts';
import { openDatabaseFile } from '../../../../src/stores/sqlite/database-file.ts';
import { writeDevices } from '../../../../src/stores/sqlite/registry-operations.ts';
import type { CancelFlag, Reader } from '../../../../src/stores/sqlite/driver.ts';
import { QUERY_FUNCTIONS } from '../../../../src/stores/sqlite/query-functions.ts';
import { queryGroups } from '../../../../src/stores/sqlite/query-groups.ts';
import { queryModuleTwins, queryTwins } from '../../../../src/stores/sqlite/query-operations.ts';
import { put } from '../../../support/store-builders.ts';

const folder = mkdtempSync(join(tmpdir(), 'twinhub-search-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = openDatabaseFile(join(folder, 'hub.db'), 'none');
afterAll(() => file.close());
const { connection } = file;
for (const sqlFunction of QUERY_FUNCTIONS) connection.define(sqlFunction);
connection.transaction((writer) =>
  writeDevices(
    writer,
    ['a', 'b', 'c'].map((id) => put(id)),
  ),
);

describe('a search', () => {
  it('stops at the next row once it is cancelled, and leaves the connection usable', () => {
    const cancelled = newFlag();
    Atomics.store(cancelled, 0, 1);

    expect(() => search('*', cancelled)).toThrow(expect.objectContaining({ code: 'RequestTimedOut' }));
    expect(search('*', newFlag())).toEqual(['a', 'b', 'c']);
  });

  it('finds the same when more others came in between than are kept', () => {
    const conditions = Array.from({ length: 120 }, (_, index) => Array.from({ length: index + 1 }, () => 'version > 0').join(' OR '));

    for (const round of [1, 2]) {
      for (const condition of conditions) expect(search(condition, newFlag()), `in round ${round}`).toEqual(['a', 'b', 'c']);
    }
  });

  it('of groups, and in another order, stops just so', () => {
    const cancelled = newFlag();
    Atomics.store(cancelled, 0, 1);
    const { where: condition, orderBy } = parseQuery('SELECT * FROM devices ORDER BY status');
    const everything = {
      from: 'devices',
      condition,
      groupBy: [],
      columns: [],
      orderBy: [],
      after: undefined,
      limit: 9,
      cancelled,
    } as const;
    const sorted = { condition, orderBy, after: undefined, limit: 9, cancelled };

    for (const run of [
      (reader: Reader): unknown => queryGroups(reader, { ...everything, columns: parseColumns('SELECT COUNT() FROM devices') }),
      (reader: Reader): unknown => queryTwins(reader, sorted),
    ]) {
      expect(() => connection.read(run)).toThrow(expect.objectContaining({ code: 'RequestTimedOut' }));
    }
  });

  it.each([
    ['*', 'device_id>?'],
    ['tags.a = 1', 'device_id>?'],
    [`deviceId = 'b'`, 'device_id=?'],
    [`deviceId > 'b' AND tags.a = 1`, 'device_id>?'],
    [`DeviceId IN ['a', 'b', 'gone'] AND tags.a = 1`, 'device_id=? AND module_id=?'],
    [`tags.a = 1 AND (deviceId = 'a' OR deviceId = 'b')`, 'device_id=? AND module_id=?'],
  ])('for %s goes through the index of device ids by %s', (condition, access) => {
    const plans: string[] = [];

    connection.read((reader) => queryTwins(explaining(reader, plans), { ...searchFor(condition), cancelled: newFlag() }));

    expect(plans[1]).toContain(`(${access})`);
    expect(plans.join()).not.toContain('TEMP B-TREE');
  });

  it.each([
    [`status = 'disabled'`, 'disabled_devices'],
    [`connectionState = 'Connected' AND deviceId != 'a'`, 'connected_devices'],
  ])('for a page of devices with %s goes through the index %s', (condition, index) => {
    const plans: string[] = [];

    connection.read((reader) => queryTwins(explaining(reader, plans), { ...searchFor(condition), cancelled: newFlag() }));

    expect(plans[1]).toMatch(new RegExp(`^SEARCH d USING (COVERING )?INDEX ${index} \\(device_id>\\?\\)$`));
    expect(plans.join()).not.toContain('TEMP B-TREE');
  });

  it.each([
    ['*', '(device_id,module_id)>(?,?)'],
    ['tags.a = 1', '(device_id,module_id)>(?,?)'],
    [`deviceId = 'b'`, 'device_id=?'],
    [`deviceId = 'b' AND moduleId = 'm'`, 'device_id=? AND module_id=?'],
  ])('among modules for %s goes through these alone, by %s', (condition, access) => {
    const plans: string[] = [];

    connection.read((reader) => queryModuleTwins(explaining(reader, plans), { ...searchFor(condition), cancelled: newFlag() }));

    expect(plans[1]).toBe(`SEARCH m USING PRIMARY KEY (${access})`);
    expect(plans.join()).not.toContain('TEMP B-TREE');
  });
});

function parseColumns(text: string): Parameters<typeof queryGroups>[1]['columns'] {
  const { select } = parseQuery(text);
  return select === 'all' ? [] : select;
}

function search(condition: string, cancelled: CancelFlag): readonly string[] {
  const { rows } = connection.read((reader) => queryTwins(reader, { ...searchFor(condition), cancelled }));
  return rows.map(({ identity }) => identity.device_id);
}

function searchFor(condition: string): Omit<Parameters<typeof queryTwins>[1], 'cancelled'> {
  return { condition: parseCondition(condition), orderBy: [], after: undefined, limit: 100 };
}

/** A reader that notes how SQLite means to run each scan. */
function explaining(reader: Reader, plans: string[]): Reader {
  return {
    row: (sql, ...values) => reader.row(sql, ...values),
    rows: (sql, ...values) => reader.rows(sql, ...values),
    rowOnce: (sql, values) => reader.rowOnce(sql, values),
    scan: (scan) => {
      const steps = reader.scan<{ readonly detail: string }>({ ...scan, sql: `explain query plan ${scan.sql}` });
      plans.push(...Array.from(steps, ({ detail }) => detail));
      return reader.scan(scan);
    },
  };
}

function newFlag(): CancelFlag {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}
