// Writes what runs measured to files: a chart for each bench, and the results section of a page.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { benchChart } from './charts/bench-chart.ts';
import { enduranceChart } from './charts/endurance-chart.ts';
import { drawSvg } from './charts/draw-svg.ts';
import type { BenchReport } from './report.ts';
import { type BenchResults, newestResults, resultsSection, withResults } from './results-page.ts';
import { UsageError } from './usage-error.ts';

export type ResultFiles = {
  /** A folder, made where there is none. */
  readonly charts: string | undefined;
  /** A page with markers. */
  readonly report: string | undefined;
};

/** To be called before anything is measured. @throws UsageError when the page cannot take results. */
export async function checkResultFiles({ report }: ResultFiles): Promise<void> {
  if (report !== undefined) withResults(await textOf(report), '');
}

/** Of each bench the newest of all runs. */
export async function writeResults(runs: readonly BenchReport[], { charts, report }: ResultFiles): Promise<void> {
  const results = newestResults(runs);
  const drawn = charts === undefined ? new Map<string, string>() : await drawAll(results, charts);
  if (report === undefined) return;
  const chartOf = (bench: string): string | undefined => {
    const path = drawn.get(bench);
    return path && relative(dirname(report), path);
  };
  await writeFile(report, withResults(await readFile(report, 'utf8'), resultsSection(results, chartOf)));
}

async function drawAll(results: readonly BenchResults[], folder: string): Promise<ReadonlyMap<string, string>> {
  await mkdir(folder, { recursive: true });
  const drawn = new Map<string, string>();
  for (const { name, run, measurements } of results) {
    const path = join(folder, `${name}.svg`);
    await writeFile(path, await drawSvg(name === 'endurance' ? enduranceChart(run.samples) : benchChart(measurements)));
    drawn.set(name, path);
  }
  return drawn;
}

/** Reads what `--json` printed. @throws UsageError when it is nothing of the kind. */
export async function readRun(path: string): Promise<BenchReport> {
  const text = await textOf(path);
  try {
    // Written by this program; what a person changed in it is their own matter.
    const run = JSON.parse(text) as Partial<BenchReport>;
    if (run.at !== undefined && Array.isArray(run.measurements)) return run as BenchReport;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UsageError(`${path} is not what \`npm run -s bench -- --json\` prints.`);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
}
