// Selects the devices of a job on SQLite, a bounded number of devices at a time: of all, of those that an index leads to, or of those that the condition names.
import type { Job } from '../../domain/job/job.ts';
import { selectableIds } from '../../domain/query/selectable-ids.ts';
import type { JobStore } from '../../ports/job-store.ts';
import { type ExpansionRange, rangeAmong } from '../sql/expansion-range.ts';
import type { Reader, Writer } from './driver.ts';
import { knownJobRow } from './job-operations.ts';
import { type JobRow, toJob } from '../sql/job-row.ts';
import { filterIn } from './query-compiler.ts';
import { type ChosenSource, chooseSource } from './query-index.ts';
import { Bindings } from './query-operand.ts';

type Expansion = Parameters<JobStore['expandJob']>[0];

export function expandJob(writer: Writer, { jobId, condition, limit, at }: Expansion): Job {
  const row = knownJobRow(writer, jobId);
  if (row.status !== 'running' || row.sealed === 1) return toJob(row);
  const chosen = chooseSource(writer, { from: 'devices', condition, orderBy: [] });
  const range = nextRange(writer, { after: row.expanded_to ?? '', ids: selectableIds(condition), chosen, limit });
  insertRecords(writer, { row, chosen, range, at });
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

type Search = {
  readonly after: string;
  readonly ids: readonly string[] | undefined;
  readonly chosen: ChosenSource;
  readonly limit: number;
};

/** Ends are ids in one order for all ways, so that a job goes on by one way where it stopped by another, such as an index that was dropped meanwhile. */
function nextRange(reader: Reader, { after, ids, chosen: { entries }, limit }: Search): ExpansionRange {
  if (ids) return rangeAmong(ids, after, limit);
  const bindings = new Bindings();
  const [from, terms] = entries ? [`${entries.table} as e`, entries.terms(bindings)] : ['devices as e', 'true'];
  const last = reader.rowOnce<{ readonly device_id: string }>(
    `select e.device_id
     from ${from}
     where ${terms}
     and e.device_id > :after
     order by e.device_id
     limit 1
     offset :passed`,
    { ...bindings.values, after, passed: limit - 1 },
  );
  return { after, to: last?.device_id, among: undefined };
}

type Insertion = { readonly row: JobRow; readonly chosen: ChosenSource; readonly range: ExpansionRange; readonly at: string };

function insertRecords(writer: Writer, { row, chosen: { source, condition }, range, at }: Insertion): void {
  const { tables, ids, pathOperand, terms } = source;
  const bindings = new Bindings();
  const selects = filterIn(condition, { bindings, pathOperand });
  const from = tables(bindings);
  const ofSource = terms?.(bindings) ?? 'true';
  const { after, to, among } = range;
  const id = ids.join();
  writer.runOnce(
    `insert into job_devices (job_key, device_id, status, created_time, last_updated_time)
     select :jobKey, ${id}, 'pending', :at, :at
     from ${from}
     where ${id} > :after
     and ${ofSource}
     ${to === undefined ? '' : `and ${id} <= :to`}
     ${among === undefined ? '' : `and ${id} in (select value from json_each(:among))`}
     and ${selects}
     on conflict (job_key, device_id) do nothing`,
    { ...bindings.values, jobKey: row.job_key, at, after, to: to ?? null, among: JSON.stringify(among ?? []) },
  );
}
