// Selects the devices of a job on PostgreSQL, a bounded number of devices at a time: of all, of those that an index leads to, or of those that the condition names.
import type { Job } from '../../domain/job/job.ts';
import { selectableIds } from '../../domain/query/selectable-ids.ts';
import type { JobStore } from '../../ports/job-store.ts';
import { type ExpansionRange, rangeAmong } from '../sql/expansion-range.ts';
import { type JobRow, toJob } from '../sql/job-row.ts';
import type { Reader, Writer } from './driver.ts';
import { lockJob } from './job-rows.ts';
import { Bindings } from './query-bindings.ts';
import { filterIn } from './query-compiler.ts';
import { type ChosenSource, chooseSource } from './query-index.ts';
import { selectDocuments } from './query-sources.ts';

type Expansion = Parameters<JobStore['expandJob']>[0];

/** @throws HubError JobNotFound. */
export async function expandJob(writer: Writer, { jobId, condition, limit, at }: Expansion): Promise<Job> {
  const row = await lockJob(writer, jobId);
  if (row.status !== 'running' || row.sealed) return toJob(row);
  const chosen = await chooseSource(writer, { from: 'devices', condition, orderBy: [] });
  const range = await nextRange(writer, { after: row.expanded_to ?? '', ids: selectableIds(condition), chosen, limit });
  await insertRecords(writer, { row, chosen, range, at });
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

type Search = {
  readonly after: string;
  readonly ids: readonly string[] | undefined;
  readonly chosen: ChosenSource;
  readonly limit: number;
};

/** Ends are ids in one order for all ways, so that a job goes on by one way where it stopped by another, such as an index that was dropped meanwhile. */
async function nextRange(reader: Reader, { after, ids, chosen: { entries }, limit }: Search): Promise<ExpansionRange> {
  if (ids) return rangeAmong(ids, after, limit);
  const bindings = new Bindings();
  const [from, terms] = entries ? [`${entries.table} as e`, entries.terms(bindings)] : ['devices as e', 'true'];
  const { text, values } = bindings.statement(
    `select e.device_id
     from ${from}
     where ${terms}
     and e.device_id > ${bindings.bind(after, 'text')}
     order by e.device_id
     limit 1
     offset ${bindings.bind(limit - 1, 'integer')}`,
  );
  const [last] = await reader.rowsOnce<{ readonly device_id: string }>(text, values);
  return { after, to: last?.device_id, among: undefined };
}

type Insertion = { readonly row: JobRow; readonly chosen: ChosenSource; readonly range: ExpansionRange; readonly at: string };

async function insertRecords(writer: Writer, { row, chosen, range: { after, to, among }, at }: Insertion): Promise<void> {
  const { source } = chosen;
  const bindings = new Bindings();
  const condition = filterIn(chosen.condition, bindings, source.pathOperand);
  const ids = source.ids.map((id) => `${id} as id`);
  const time = bindings.bind(at, 'text');
  const { text, values } = bindings.statement(
    `insert into job_devices (job_key, device_id, status, created_time, last_updated_time)
     select ${bindings.bind(row.job_key, 'bigint')}, found.id, 'pending', ${time}, ${time}
     from (
       ${selectDocuments({ source, condition, columns: [], ids, bindings })}
     ) as found
     where found.id > ${bindings.bind(after, 'text')}
     ${to === undefined ? '' : `and found.id <= ${bindings.bind(to, 'text')}`}
     ${among === undefined ? '' : `and found.id = any (${bindings.bind(among, 'text[]')})`}
     on conflict (device_id, job_key) do nothing`,
  );
  await writer.runOnce(text, values);
}
