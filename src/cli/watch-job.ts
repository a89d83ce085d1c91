// Looks at a job until it is over, and shows how far it is: with a bar on a terminal, with a line for each change elsewhere.
import { Presets, SingleBar } from 'cli-progress';
import { pause } from '../system/pause.ts';
import { systemClock } from '../system/system-clock.ts';
import type { HubAnswer } from './hub-client.ts';
import { describeProgress, describeRate, describeSeconds, isOver, type JobProgress, progressOf } from './job-progress.ts';

const LOOK_EVERY_MS = 1000;

type Display = { show(progress: JobProgress): void; end(): void };

/** @param look asks for the job. @returns its last answer. @throws what `look` throws. */
export async function watchJob(look: () => Promise<HubAnswer>, isQuiet: boolean): Promise<HubAnswer> {
  let answer = await look();
  const first = { job: answer.value, atMs: systemClock.nowMs() };
  const display = isQuiet ? NO_DISPLAY : openDisplay();
  try {
    for (;;) {
      display.show(progressOf(first, { job: answer.value, atMs: systemClock.nowMs() }));
      if (isOver(answer.value)) return answer;
      await pause(LOOK_EVERY_MS);
      answer = await look();
    }
  } finally {
    display.end();
  }
}

const NO_DISPLAY: Display = { show: () => undefined, end: () => undefined };

function openDisplay(): Display {
  return process.stdout.isTTY ? openBar() : openLines();
}

function openBar(): Display {
  const format = '{status} {bar} {counts} | {rate} | {left}';
  const bar = new SingleBar({ format, stream: process.stdout, hideCursor: true, stopOnComplete: false }, Presets.shades_classic);
  bar.start(1, 0, { status: '', counts: '', rate: '', left: '' });
  return {
    show({ status, total, done, failed, rate, secondsLeft }): void {
      // A bar of nothing would be drawn as full.
      bar.setTotal(Math.max(total, 1));
      const left = secondsLeft === undefined ? '' : `${describeSeconds(secondsLeft)} left`;
      bar.update(done, { status, counts: `${done}/${total}, ${failed} failed`, rate: describeRate(rate), left });
    },
    end: () => bar.stop(),
  };
}

function openLines(): Display {
  let shown = '';
  return {
    show(progress): void {
      const line = describeProgress(progress);
      // The rate of a job that stands still falls with every look, which is no news.
      const news = `${progress.status} ${progress.done} ${progress.total}`;
      if (news === shown) return;
      shown = news;
      console.log(line);
    },
    end: () => undefined,
  };
}
