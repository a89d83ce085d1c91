// The results section of docs/performance.md, written from one or more runs between two markers.
import type { BenchReport } from './report.ts';
import { COLUMNS, cellsOf } from './report.ts';
import { BENCHES } from './catalogue.ts';
import type { Measurement } from './measurement.ts';
import { UsageError } from './usage-error.ts';

const BEGIN = '<!-- results: `npm run bench -- --report` writes what stands between here -->';
const END = '<!-- and here -->';

/** @param section without markers. @throws UsageError when the page lacks a marker. */
export function withResults(page: string, section: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new UsageError(`The page needs the lines \`${BEGIN}\` and \`${END}\`, in this order.`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${section.trim()}\n\n${page.slice(end)}`;
}

/** What one bench measured, and the run it did so in. */
export type BenchResults = { readonly name: string; readonly run: BenchReport; readonly measurements: readonly Measurement[] };

/** Each bench of the newest run that has it, in the order of the catalogue. Benches that are gone are left out. */
export function newestResults(runs: readonly BenchReport[]): readonly BenchResults[] {
  const oldestFirst = runs.toSorted((one, other) => (one.at < other.at ? -1 : 1));
  return [...BENCHES.keys()].flatMap((name) => {
    const run = oldestFirst.findLast(({ measurements }) => measurements.some(({ bench }) => bench === name));
    return run ? [{ name, run, measurements: run.measurements.filter(({ bench }) => bench === name) }] : [];
  });
}

/** @param chartOf where the chart of a bench is, as the page names it; `undefined` when it has none. */
export function resultsSection(results: readonly BenchResults[], chartOf: (bench: string) => string | undefined): string {
  const notes = new Set(results.flatMap(({ run }) => run.notes));
  return [
    ...runLines(results),
    '',
    ...[...notes].map((note) => `${note}\n`),
    ...results.flatMap(({ name, measurements }) => benchLines(name, measurements, chartOf(name))),
  ].join('\n');
}

/** Benches of the same run share a line. */
function runLines(results: readonly BenchResults[]): readonly string[] {
  const byRun = Map.groupBy(results, describeRun);
  return [...byRun].map(([run, ofRun]) => `- ${ofRun.map(({ name }) => `\`${name}\``).join(', ')}: ${run}`);
}

function describeRun({ name, run }: BenchResults): string {
  const rounds = run.rounds === 1 ? '1 round' : `${run.rounds} rounds`;
  // The long run has none.
  const measured = name === 'endurance' ? [] : [`${rounds} of ${run.seconds} s`];
  return [run.at.slice(0, 10), ...measured, run.machine].join(', ');
}

function benchLines(name: string, measurements: readonly Measurement[], chart: string | undefined): readonly string[] {
  return [
    `### \`${name}\`: ${BENCHES.get(name)?.about}`,
    '',
    ...(chart === undefined ? [] : [`![Chart of ${name}](${chart})`, '']),
    row(['', ...COLUMNS]),
    row(['', ...COLUMNS].map(() => '---')),
    ...measurements.map((each) => row([each.variant, ...cellsOf(each)])),
    '',
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
