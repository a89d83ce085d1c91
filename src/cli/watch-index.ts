// Looks at an index until it is built, and shows how far it is: with a bar on a terminal, with a line for each look elsewhere.
import { Presets, SingleBar } from 'cli-progress';
import type { JsonValue } from '../domain/json.ts';
import { pause } from '../system/pause.ts';
import { systemClock } from '../system/system-clock.ts';
import type { HubAnswer } from './hub-client.ts';
import { describeRate, describeSeconds } from './job-progress.ts';
import { numberAt, textAt } from './output.ts';

const LOOK_EVERY_MS = 1000;

type Progress = { readonly done: number; readonly total: number; readonly rate: number; readonly left: string };
type Display = { show(progress: Progress): void; end(): void };

/** @param look asks for the index. @returns its last answer. @throws what `look` throws. */
export async function watchIndex(look: () => Promise<HubAnswer>, isQuiet: boolean): Promise<HubAnswer> {
  let answer = await look();
  const first = { twins: numberAt(answer.value, 'twins'), atMs: systemClock.nowMs() };
  const display = isQuiet ? NO_DISPLAY : openDisplay();
  try {
    while (textAt(answer.value, 'state') === 'building') {
      display.show(progressOf(first, answer.value));
      await pause(LOOK_EVERY_MS);
      answer = await look();
    }
    return answer;
  } finally {
    display.end();
  }
}

function progressOf(first: { readonly twins: number; readonly atMs: number }, index: JsonValue | undefined): Progress {
  const [done, total] = [numberAt(index, 'twins'), numberAt(index, 'totalTwins')];
  const seconds = (systemClock.nowMs() - first.atMs) / 1000;
  const rate = seconds > 0 ? (done - first.twins) / seconds : 0;
  return { done, total, rate, left: rate > 0 ? `about ${describeSeconds(Math.ceil((total - done) / rate))} left` : '' };
}

const NO_DISPLAY: Display = { show: () => undefined, end: () => undefined };

function openDisplay(): Display {
  if (!process.stderr.isTTY) {
    return {
      show: ({ done, total, rate, left }) =>
        console.error([`building: ${done} of ${total} twins`, ...(left === '' ? [] : [describeRate(rate), left])].join(', ')),
      end: () => undefined,
    };
  }
  const format = 'building {bar} {value}/{total} twins | {rate} | {left}';
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, stopOnComplete: false }, Presets.shades_classic);
  bar.start(1, 0, { rate: '', left: '' });
  return {
    show({ done, total, rate, left }): void {
      // A bar of nothing would be drawn as full.
      bar.setTotal(Math.max(total, 1));
      bar.update(done, { rate: describeRate(rate), left });
    },
    end: () => bar.stop(),
  };
}
