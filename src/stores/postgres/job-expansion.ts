// Selects the devices of a job on PostgreSQL, a bounded number of devices at a time.
import type { Job } from '../../domain/job/job.ts';
import type { Expression } from '../../domain/query/ast.ts';
import { selectableIds } from '../../domain/query/selectable-ids.ts';
import type { JobStore } from '../../ports/job-store.ts';
import { type ExpansionRange, rangeAmong } from '../sql/expansion-range.ts';
import { type JobRow, toJob } from '../sql/job-row.ts';
import type { Reader, Writer } from './driver.ts';
import { lockJob } from './job-rows.ts';
import { Bindings } from './query-bindings.ts';
import { conditionIn } from './query-compiler.ts';
import { SOURCES } from './query-sources.ts';

type Expansion = Parameters<JobStore['expandJob']>[0];

/** @throws HubError JobNotFound. */
export async function expandJob(writer: Writer, { jobId, condition, limit, at }: Expansion): Promise<Job> {
  const row = await lockJob(writer, jobId);
  if (row.status !== 'running' || row.sealed) return toJob(row);
  const range = await nextRange(writer, { after: row.expanded_to ?? '', ids: selectableIds(condition), limit });
  await insertRecords(writer, { row, condition, range, at });
  const expanded = { expanded_to: range.to ?? null, sealed: range.to === undefined };
  writer.send(
    `update jobs
     set expanded_to = $1, sealed = $2
     where job_key = $3`,
    expanded.expanded_to,
    expanded.sealed,
    row.job_key,
  );
  return toJob({ ...row, ...expanded });
}

type Search = { readonly after: string; readonly ids: readonly string[] | undefined; readonly limit: number };

async function nextRange(reader: Reader, { after, ids, limit }: Search): Promise<ExpansionRange> {
  if (ids) return rangeAmong(ids, after, limit);
  const last = await reader.row<{ readonly device_id: string }>(
    `select device_id
     from devices
     where device_id > $1
     order by device_id
     limit 1
     offset $2`,
    after,
    limit - 1,
  );
  return { after, to: last?.device_id, among: undefined };
}

type Insertion = { readonly row: JobRow; readonly condition: Expression; readonly range: ExpansionRange; readonly at: string };

async function insertRecords(writer: Writer, { row, condition, range: { after, to, among }, at }: Insertion): Promise<void> {
  const { tables, pathOperand } = SOURCES.devices;
  const bindings = new Bindings();
  const selects = conditionIn(condition, bindings, pathOperand);
  const time = bindings.bind(at, 'text');
  const { text, values } = bindings.statement(
    `insert into job_devices (job_key, device_id, status, created_time, last_updated_time)
     select ${bindings.bind(row.job_key, 'bigint')}, t.device_id, 'pending', ${time}, ${time}
     from ${tables(bindings)}
     and t.device_id > ${bindings.bind(after, 'text')}
     ${to === undefined ? '' : `and t.device_id <= ${bindings.bind(to, 'text')}`}
     ${among === undefined ? '' : `and t.device_id = any (${bindings.bind(among, 'text[]')})`}
     and ${selects}
     on conflict (device_id, job_key) do nothing`,
  );
  await writer.runOnce(text, values);
}
