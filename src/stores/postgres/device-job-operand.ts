// What the paths of a record's document (`deviceJobDocument`) are in PostgreSQL's SQL.
import { JOB_TYPES } from '../../domain/job/job-document.ts';
import type { Path, PathStep } from '../../domain/query/ast.ts';
import type { Bindings } from './query-bindings.ts';
import { type FixedOperand, jsonOperand, MISSING, objectOperand, type Operand, text } from './query-operand.ts';

/** Root properties with a column of their own; `j` and `r` are the tables of jobs and of their records. */
const COLUMNS: ReadonlyMap<string, FixedOperand> = new Map([
  ['deviceId', text('r.device_id')],
  ['jobId', text('j.job_id')],
  ['jobType', text(`case j.kind when 'method' then '${JOB_TYPES.method}' else '${JOB_TYPES.twinPatch}' end`)],
  ['status', text(`case r.status when 'waiting' then 'pending' else r.status end`)],
  ['startTimeUtc', text('r.start_time')],
  ['endTimeUtc', text('r.end_time')],
  ['createdDateTimeUtc', text('r.created_time')],
  ['lastUpdatedDateTimeUtc', text('r.last_updated_time')],
]);

const ERROR_COLUMNS: ReadonlyMap<PathStep, FixedOperand> = new Map([
  ['code', text('r.error_code')],
  ['description', text('r.error_description')],
]);

const ERROR: Operand = objectOperand(
  `case when r.error_code is not null then jsonb_build_object('code', r.error_code, 'description', r.error_description) end`,
  '(r.error_code is not null or null)',
);

const OUTCOME: Operand = objectOperand(
  `case when r.answer is null then '{}' else jsonb_build_object('deviceMethodResponse', r.answer) end`,
);

export function operandOfDeviceJobPath({ steps }: Path, bindings: Bindings): Operand {
  const [root, inner, ...rest] = steps;
  if (root === 'outcome') {
    if (inner === undefined) return OUTCOME;
    return inner === 'deviceMethodResponse' ? jsonOperand('r.answer', rest, bindings) : MISSING;
  }
  if (root === 'error') {
    if (inner === undefined) return ERROR;
    return (rest.length === 0 ? ERROR_COLUMNS.get(inner) : undefined) ?? MISSING;
  }
  return (inner === undefined ? COLUMNS.get(root) : undefined) ?? MISSING;
}
