// What the paths of a record's document (`deviceJobDocument`) are in SQL.
import { JOB_TYPES } from '../../domain/job/job-document.ts';
import type { Path } from '../../domain/query/ast.ts';
import { type Bindings, type FixedOperand, jsonOperand, MISSING, OBJECT, type Operand, text } from './query-operand.ts';

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

const ERROR_COLUMNS: ReadonlyMap<string, FixedOperand> = new Map([
  ['code', text('r.error_code')],
  ['description', text('r.error_description')],
]);

const ERROR: Operand = { form: 'fixed', kind: 'object', value: 'iif(r.error_code is null, null, 0)' };

export function operandOfDeviceJobPath({ names }: Path, bindings: Bindings): Operand {
  const [root = '', inner, ...rest] = names;
  if (root === 'outcome') {
    if (inner === undefined) return OBJECT;
    return inner === 'deviceMethodResponse' ? jsonOperand('r.answer', rest, bindings) : MISSING;
  }
  if (root === 'error') {
    if (inner === undefined) return ERROR;
    return (rest.length === 0 ? ERROR_COLUMNS.get(inner) : undefined) ?? MISSING;
  }
  return (inner === undefined ? COLUMNS.get(root) : undefined) ?? MISSING;
}
