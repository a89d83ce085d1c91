// How far a job is, from the documents that the API showed of it over time. No clock here.
import type { JsonValue } from '../domain/json.ts';
import { numberAt, textAt } from './output.ts';

/** `atMs`: when it was seen, in milliseconds since 1970. */
export type JobSample = { readonly job: JsonValue | undefined; readonly atMs: number };

export type JobProgress = {
  readonly status: string;
  readonly total: number;
  /** Devices whose part is over, however it ended. */
  readonly done: number;
  readonly failed: number;
  /** Devices a second since the first sample; 0 before the second one. */
  readonly rate: number;
  /** `undefined` while nothing moves, and when nothing is left. */
  readonly secondsLeft: number | undefined;
};

const FINAL = ['completed', 'failed', 'cancelled', 'unknown'];

/** Whether looking again can show nothing new: the status is final, and no device is still being waited for. */
export function isOver(job: JsonValue | undefined): boolean {
  const open = numberAt(job, 'deviceJobStatistics', 'runningCount') + numberAt(job, 'deviceJobStatistics', 'pendingCount');
  return FINAL.includes(textAt(job, 'status')) && open === 0;
}

/** Whether it did for every device what it was asked to. */
export function isSuccess(job: JsonValue | undefined): boolean {
  return textAt(job, 'status') === 'completed' && numberAt(job, 'deviceJobStatistics', 'failedCount') === 0;
}

export function progressOf(first: JobSample, last: JobSample): JobProgress {
  const total = numberAt(last.job, 'deviceJobStatistics', 'deviceCount');
  const done = doneIn(last.job);
  const seconds = (last.atMs - first.atMs) / 1000;
  const rate = seconds > 0 ? (done - doneIn(first.job)) / seconds : 0;
  return {
    status: textAt(last.job, 'status'),
    total,
    done,
    failed: numberAt(last.job, 'deviceJobStatistics', 'failedCount'),
    rate,
    secondsLeft: rate > 0 && done < total ? Math.ceil((total - done) / rate) : undefined,
  };
}

/** One line, the same for the same progress. */
export function describeProgress({ status, total, done, failed, rate, secondsLeft }: JobProgress): string {
  return [
    `${status}: ${done} of ${total} devices`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(rate > 0 ? [`${describeRate(rate)}`] : []),
    ...(secondsLeft === undefined ? [] : [`about ${describeSeconds(secondsLeft)} left`]),
  ].join(', ');
}

export function describeRate(rate: number): string {
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;
}

/** `42 s`, `3 min 20 s`, `2 h 5 min` */
export function describeSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

function doneIn(job: JsonValue | undefined): number {
  const counts = ['succeededCount', 'failedCount', 'canceledCount'] as const;
  return counts.reduce((sum, name) => sum + numberAt(job, 'deviceJobStatistics', name), 0);
}
