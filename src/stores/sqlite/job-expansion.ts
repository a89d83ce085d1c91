// Selects the devices of a job on SQLite, a bounded number of devices at a time.
import type { Job } from '../../domain/job/job.ts';
import type { Expression } from '../../domain/query/ast.ts';
import { selectableIds } from '../../domain/query/selectable-ids.ts';
import type { JobStore } from '../../ports/job-store.ts';
import { type ExpansionRange, rangeAmong } from '../sql/expansion-range.ts';
import type { Reader, Writer } from './driver.ts';
import { knownJobRow } from './job-operations.ts';
import { type JobRow, toJob } from '../sql/job-row.ts';
import { compileCondition } from './query-compiler.ts';

type Expansion = Parameters<JobStore['expandJob']>[0];

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

type Search = { readonly after: string; readonly ids: readonly string[] | undefined; readonly limit: number };

function nextRange(reader: Reader, { after, ids, limit }: Search): ExpansionRange {
  if (ids) return rangeAmong(ids, after, limit);
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

type Insertion = { readonly row: JobRow; readonly condition: Expression; readonly range: ExpansionRange; readonly at: string };

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
