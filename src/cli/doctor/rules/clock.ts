// Judges the difference between the clock of the hub and that of the machine where tokens are made.
import { failed, ok, type Verdict, warning } from '../finding.ts';

/** SDKs make tokens that last this long, and devices renew theirs this long before its end (contract 1.2). */
const TOKEN_SECONDS = 3600;
const RENEWAL_SECONDS = 900;
/** Clocks that are kept by NTP differ by far less. */
const NOTABLE_SECONDS = 60;

/** @param hubMs the time that the hub told, to the second. @param nowMs the time of this machine when it came. */
export function judgeClock(hubMs: number, nowMs: number): Verdict {
  const aheadSeconds = Math.round((hubMs - nowMs) / 1000);
  const distance = Math.abs(aheadSeconds);
  const seen = `The hub's clock is ${plainTime(distance)} ${aheadSeconds > 0 ? 'ahead of' : 'behind'} this machine's`;
  if (aheadSeconds >= TOKEN_SECONDS) return failed(`${seen}, so every token of an SDK has expired when it arrives.`, SET_CLOCKS);
  if (aheadSeconds >= RENEWAL_SECONDS) return failed(`${seen}, so devices are disconnected before they renew their tokens.`, SET_CLOCKS);
  if (distance > NOTABLE_SECONDS) return warning(`${seen}.`, SET_CLOCKS);
  return ok('The clocks of the hub and of this machine agree.');
}

function plainTime(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} minutes` : `${Math.floor(seconds / 3600)} hours`;
}

const SET_CLOCKS = 'Set both clocks by NTP (a virtual machine or container that slept may lag).';
