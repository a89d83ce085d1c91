// The states of a job and the moves between them.
import { describe, expect, it } from 'vitest';
import { type Outcome, outcomeOf } from '../../../../src/domain/errors.ts';
import { applyJobMove, type JobMove } from '../../../../src/domain/job/job-moves.ts';
import { JOB_STATUSES, type Job, type JobStatus } from '../../../../src/domain/job/job.ts';
import { methodJob } from '../../../support/job-builders.ts';
import { timeAt } from '../../../support/store-builders.ts';
import { refusalOf } from '../refusal.ts';
import { SOMEONE } from '../../../support/actors.ts';

const AT = timeAt(13 * 60);
const moves: Readonly<Record<JobMove['kind'], JobMove>> = {
  schedule: { kind: 'schedule', at: AT },
  start: { kind: 'start', at: AT },
  cancel: { kind: 'cancel', at: AT, by: SOMEONE },
  stop: { kind: 'stop', at: AT, by: SOMEONE },
  fail: { kind: 'fail', reason: 'The condition is not valid.', at: AT },
  complete: { kind: 'complete', at: AT },
};
const KINDS = Object.keys(moves) as JobMove['kind'][];

/** What each move leads to, as `status` or `status, ended`, in each state; no entry where it is refused. */
const expected: Readonly<Record<JobMove['kind'], Partial<Record<JobStatus, string>>>> = {
  schedule: { queued: 'scheduled' },
  start: { queued: 'running', scheduled: 'running' },
  cancel: { queued: 'cancelled, ended', scheduled: 'cancelled, ended' },
  stop: { queued: 'cancelled, ended', scheduled: 'cancelled, ended', running: 'cancelled' },
  fail: { queued: 'failed, ended', scheduled: 'failed, ended', running: 'failed' },
  complete: { running: 'completed, ended', cancelled: 'cancelled, ended', failed: 'failed, ended' },
};

const open = (status: JobStatus): Job => methodJob('job-1', { status, expansion: { kind: 'sealed' } });

function shown(outcome: Outcome<Job>): string {
  if (outcome.kind === 'refused') return outcome.refusal.code;
  const { status, endTime } = outcome.value;
  return endTime === undefined ? status : `${status}, ended`;
}

describe('applyJobMove', () => {
  it.each(KINDS.flatMap((kind) => JOB_STATUSES.map((status) => [kind, status] as const)))(
    '%s in %s does what the states say',
    (kind, status) => {
      const outcome = outcomeOf(() => applyJobMove(open(status), moves[kind]));

      expect(shown(outcome)).toBe(expected[kind][status] ?? 'OperationNotAllowedInCurrentState');
    },
  );

  it.each(KINDS)('%s is refused once the job has ended', (kind) => {
    for (const status of ['completed', 'failed', 'cancelled'] as const) {
      const ended = methodJob('job-1', { status, expansion: { kind: 'sealed' }, endTime: AT });

      expect(refusalOf(() => applyJobMove(ended, moves[kind])).code).toBe('OperationNotAllowedInCurrentState');
    }
  });

  it('completes no running job while its devices are still being selected', () => {
    const expanding = methodJob('job-1', { status: 'running' });

    expect(refusalOf(() => applyJobMove(expanding, moves.complete)).code).toBe('OperationNotAllowedInCurrentState');
  });

  it('completes a stopped job whose devices were still being selected', () => {
    const stopped = applyJobMove(methodJob('job-1', { status: 'running' }), moves.stop);

    expect(applyJobMove(stopped, moves.complete)).toEqual({ ...stopped, endTime: AT });
  });

  it('keeps the reason of a failure through its end', () => {
    const failed = applyJobMove(open('running'), moves.fail);

    expect(applyJobMove(failed, moves.complete)).toEqual({
      ...open('running'),
      status: 'failed',
      failureReason: 'The condition is not valid.',
      endTime: AT,
    });
  });

  it('ends a job at the time of the move that ended it', () => {
    expect(applyJobMove(open('running'), moves.complete).endTime).toBe(AT);
  });

  it('changes nothing but status, end and reason', () => {
    expect(applyJobMove(open('queued'), moves.cancel)).toEqual({ ...open('queued'), status: 'cancelled', endTime: AT });
  });

  it('says in the words of the service why a running job cannot be cancelled', () => {
    expect(refusalOf(() => applyJobMove(open('running'), moves.cancel)).message).toBe("Job cannot be cancelled in 'Running' status.");
  });
});
