// Selects the devices of a job on SQLite, a bounded number of devices at a time.
import type { Job } from '../../domain/job/job.ts';
import type { Expression } from '../../domain/query/ast.ts';
import type { JobStore } from '../../ports/job-store.ts';
import type { Reader, Writer } from './driver.ts';
import { knownJobRow } from './job-operations.ts';
import { type JobRow, toJob } from '../sql/job-row.ts';
import { compileCondition } from './query-compiler.ts';

type Expansion = Parameters<JobStore['expandJob']>[0];

/** Devices that are looked at in one call: ids above `after` up to `to`, which is `undefined` for all that follow; `among` these ids. */
type Range = { readonly after: string; readonly to: string | undefined; readonly among: readonly string[] | undefined };

export function expandJob(writer: Writer, { jobId, condition, limit, at }: Expansion): Job {
  const row = knownJobRow(writer, jobId);
  if (row.status !== 'running' || row.sealed === 1) return toJob(row);
  const range = nextRange(writer, { after: row.expanded_to ?? '', ids: selectableIds(condition), limit });
  insertRecords(writer, { row, condition, range, at });
  const sealed = range.to === undefined;
  writer.run(
    `update jobs
     set expanded_to = ?, sealed = ?
     where job_key = ?`,
    range.to ?? null,
    sealed ? 1 : 0,
    row.job_key,
  );
  return toJob({ ...row, expanded_to: range.to ?? null, sealed: sealed ? 1 : 0 });
}

/**
 * The ids of which the condition selects none but some, in code-point order; `undefined` when it does not say. With them a job for a few
 * devices does not look at the whole fleet.
 */
function selectableIds(condition: Expression): readonly string[] | undefined {
  switch (condition.kind) {
    case 'and':
      return condition.terms.map(selectableIds).find((ids) => ids !== undefined);
    case 'or': {
      const lists = condition.terms.map(selectableIds);
      return lists.includes(undefined) ? undefined : inOrder(lists.flatMap((ids) => ids ?? []));
    }
    case 'membership':
      return condition.negated || !isDeviceId(condition.operand) ? undefined : inOrder(condition.list);
    case 'comparison': {
      if (condition.operator !== '=') return undefined;
      const { left, right } = condition;
      const value = isDeviceId(left) ? right : left;
      const isComparedId = isDeviceId(left) || isDeviceId(right);
      return isComparedId && value.kind === 'constant' ? inOrder([value.value]) : undefined;
    }
    case 'constant':
    case 'path':
    case 'arithmetic':
    case 'check':
    case 'call':
    case 'arrayContains':
    case 'not':
      return undefined;
  }
}

function isDeviceId(expression: Expression): boolean {
  return expression.kind === 'path' && expression.names.length === 1 && expression.names[0] === 'deviceId';
}

/** Ids of devices are ASCII, where the order of code units is that of code points. What is no string is no id. */
function inOrder(values: readonly unknown[]): readonly string[] {
  return [...new Set(values)].filter((value) => typeof value === 'string').toSorted();
}

type Search = { readonly after: string; readonly ids: readonly string[] | undefined; readonly limit: number };

function nextRange(reader: Reader, { after, ids, limit }: Search): Range {
  if (ids) {
    const next = ids.filter((id) => id > after);
    return { after, to: next.length > limit ? next[limit - 1] : undefined, among: next.slice(0, limit) };
  }
  const last = reader.row<{ readonly device_id: string }>(
    `select device_id
     from devices
     where device_id > ?
     order by device_id
     limit 1
     offset ?`,
    after,
    limit - 1,
  );
  return { after, to: last?.device_id, among: undefined };
}

type Insertion = { readonly row: JobRow; readonly condition: Expression; readonly range: Range; readonly at: string };

function insertRecords(writer: Writer, { row, condition, range, at }: Insertion): void {
  const { sql, values } = compileCondition(condition);
  const { after, to, among } = range;
  writer.runOnce(
    `insert into job_devices (job_key, device_id, status, created_time, last_updated_time)
     select :jobKey, t.device_id, 'pending', :at, :at
     from twins as t
     join devices as d on d.device_id = t.device_id
     where t.device_id > :after
     and t.module_id = ''
     ${to === undefined ? '' : 'and t.device_id <= :to'}
     ${among === undefined ? '' : 'and t.device_id in (select value from json_each(:among))'}
     and ${sql}
     on conflict (job_key, device_id) do nothing`,
    { ...values, jobKey: row.job_key, at, after, to: to ?? null, among: JSON.stringify(among ?? []) },
  );
}
