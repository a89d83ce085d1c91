// What the paths of a record's document (`deviceJobDocument`) are in SQL.
import { JOB_TYPES } from '../../domain/job/job-document.ts';
import type { Path, PathStep } from '../../domain/query/ast.ts';
import { type Bindings, type FixedOperand, jsonOperand, MISSING, objectOperand, type Operand, text } from './query-operand.ts';

/** Root properties with a column of their own; `j` and `r` are the tables of jobs and of their records. */
const COLUMNS: ReadonlyMap<string, FixedOperand> = new Map([
  ['deviceId', text('r.device_id')],
  ['jobId', text('j.job_id')],
  ['jobType', text(`iif(j.kind = 'method', '${JOB_TYPES.method}', '${JOB_TYPES.twinPatch}')`)],
  ['status', text(`iif(r.status = 'waiting', 'pending', r.status)`)],
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
  `json_object('code', r.error_code, 'description', r.error_description)`,
  'iif(r.error_code is null, null, 0)',
);

const OUTCOME: Operand = objectOperand(`iif(r.answer is null, '{}', json_object('deviceMethodResponse', json(r.answer)))`);

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
