// The chart of a long run: memory, event-loop delay, work and errors over time.
import type { TopLevelSpec } from 'vega-lite';
import type { EnduranceSample } from '../endurance/samples.ts';
import { COLOURS } from './draw-svg.ts';

type Line = { readonly of: Exclude<keyof EnduranceSample, 'seconds'>; readonly name: string };

/** Panels from above, each with lines of one unit. */
const PANELS: readonly { readonly title: string; readonly lines: readonly Line[] }[] = [
  {
    title: 'MiB of memory',
    lines: [
      { of: 'memoryMiB', name: 'process' },
      { of: 'heapMiB', name: 'JavaScript heap' },
    ],
  },
  { title: 'ms of event-loop delay, p99 of each sample', lines: [{ of: 'eventLoopDelayMs', name: 'event-loop delay' }] },
  {
    title: 'operations/s',
    lines: [
      { of: 'methodsPerSecond', name: 'direct methods' },
      { of: 'reportsPerSecond', name: 'reported updates' },
    ],
  },
  { title: 'errors', lines: [{ of: 'errors', name: 'errors so far' }] },
];

const WIDTH = 620;
const HEIGHT = 90;
const SPACING = 14;

export function enduranceChart(samples: readonly EnduranceSample[]): TopLevelSpec {
  return {
    vconcat: PANELS.map(({ title, lines }, index) => ({
      title,
      width: WIDTH,
      height: HEIGHT,
      data: { values: lines.flatMap((line) => pointsOf(samples, line)) },
      mark: { type: 'line', strokeWidth: 1.5 },
      encoding: {
        x: { field: 'minutes', type: 'quantitative', axis: { title: index === PANELS.length - 1 ? 'minutes' : null } },
        y: {
          field: 'value',
          type: 'quantitative',
          axis: { title: null, tickCount: 4, minExtent: 40 },
          scale: { domain: [0, greatest(samples, lines)] },
        },
        color: {
          field: 'line',
          type: 'nominal',
          scale: { domain: lines.map(({ name }) => name), range: [COLOURS.hub, ...COLOURS.others.slice(1)] },
          legend: lines.length === 1 ? null : {},
        },
      },
    })),
    resolve: { scale: { color: 'independent' } },
    spacing: SPACING,
  };
}

function pointsOf(samples: readonly EnduranceSample[], { of, name }: Line): readonly object[] {
  return samples.map((sample) => ({ minutes: sample.seconds / 60, line: name, value: sample[of] }));
}

/** At least 1, so that lines along 0 are at the bottom. */
function greatest(samples: readonly EnduranceSample[], lines: readonly Line[]): number {
  return Math.max(1, ...lines.flatMap(({ of }) => samples.map((sample) => sample[of])));
}
