// Where a simulation says how far it is: JSON, a line that changes on a terminal, or lines.
import { clearLine, cursorTo } from 'node:readline';
import { describeProgress, describeSummary, type SimulationReport } from './simulation-report.ts';

/** In this order; `progress` again and again, `connected` at most once. */
export type Display = {
  progress(report: SimulationReport): void;
  /** Every device is connected for the first time. */
  connected(report: SimulationReport): void;
  /** @param atWork the last one before the devices took their leave. */
  summary(report: SimulationReport, atWork: SimulationReport): void;
  /** Time between two calls of `progress`, unless the user has chosen one. */
  readonly everySeconds: number;
};

export function openDisplay(json: boolean): Display {
  if (json) return JSON_LINES;
  return process.stdout.isTTY ? terminal() : WORDS;
}

const JSON_LINES: Display = {
  progress: (report) => printJson('progress', report),
  connected: (report) => printJson('connected', report),
  summary: (report, { connected, memory }) => printJson('summary', { ...report, connected, memory }),
  everySeconds: 5,
};

const WORDS: Display = {
  progress: (report) => console.log(describeProgress(report)),
  connected: ({ devices, seconds }) => console.log(`all ${devices} devices are connected after ${seconds} s`),
  summary: (report, atWork) => console.log(describeSummary(report, atWork)),
  everySeconds: 5,
};

/** One line of progress, which gives way to the others. */
function terminal(): Display {
  const clear = (): void => {
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
  };
  return {
    progress(report): void {
      clear();
      process.stdout.write(describeProgress(report).slice(0, process.stdout.columns - 1));
    },
    connected(report): void {
      clear();
      WORDS.connected(report);
    },
    summary(report, atWork): void {
      clear();
      WORDS.summary(report, atWork);
    },
    everySeconds: 0.5,
  };
}

function printJson(event: string, report: SimulationReport): void {
  console.log(JSON.stringify({ event, ...report }));
}
