// The tracking id of an error answer, by which an operator finds its cause in the log.
import { toIsoTime } from './time.ts';

/** `<id>-G:0-TimeStamp:MM/dd/yyyy HH:mm:ss`, UTC (behaviour 9.1). @param id 32 hexadecimal digits. */
export function formatTrackingId(id: string, nowMs: number): string {
  const time = toIsoTime(nowMs);
  const [year, month, day] = [time.slice(0, 4), time.slice(5, 7), time.slice(8, 10)];
  return `${id}-G:0-TimeStamp:${month}/${day}/${year} ${time.slice(11, 19)}`;
}
