// The chart of a bench: what the hub and what it is compared with measured, a panel for each quantity.
import type { TopLevelSpec } from 'vega-lite';
import { type Measurement, targetValue } from '../measurement.ts';
import { COLOURS } from './draw-svg.ts';

/** A bar from 0 to the median, and a line from the least to the greatest of all rounds. */
type Bar = {
  readonly variant: string;
  readonly side: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
};

/** Where the hub's bar has to end, or may end. */
type TargetLine = { readonly variant: string; readonly value: number };

export type Panel = { readonly quantity: string; readonly bars: readonly Bar[]; readonly targets: readonly TargetLine[] };

const HUB = 'hub';
const WIDTH = 560;
const BAR_HEIGHT = 13;
/** So that the lines over the bars can be seen. */
const BAR_OPACITY = 0.6;

/** In the order in which quantities, variants and sides come first. */
export function panelsOf(measurements: readonly Measurement[]): readonly Panel[] {
  const byQuantity = Map.groupBy(measurements, ({ quantity }) => quantity);
  return [...byQuantity].map(([quantity, ofQuantity]) => ({ quantity, bars: barsOf(ofQuantity), targets: targetsOf(ofQuantity) }));
}

function barsOf(measurements: readonly Measurement[]): readonly Bar[] {
  const bars = measurements.flatMap(({ variant, hub, other }): readonly Bar[] => [
    { variant, side: HUB, ...hub },
    ...(other ? [{ variant, side: other.name, ...other.sample }] : []),
  ]);
  // The hub is in each of its comparisons.
  return [...new Map(bars.map((bar) => [`${bar.variant}\n${bar.side}`, bar])).values()];
}

function targetsOf(measurements: readonly Measurement[]): readonly TargetLine[] {
  return measurements.flatMap((measurement) => {
    const value = targetValue(measurement);
    return value === undefined ? [] : [{ variant: measurement.variant, value }];
  });
}

export function benchChart(measurements: readonly Measurement[]): TopLevelSpec {
  const panels = panelsOf(measurements);
  const others = [...new Set(panels.flatMap(({ bars }) => bars.map(({ side }) => side)))].filter((side) => side !== HUB);
  const sides = [HUB, ...others];
  return {
    vconcat: panels.map((panel) => panelChart(panel, sides)),
    resolve: { scale: { color: 'shared' } },
    spacing: 18,
  };
}

type Chart = Extract<TopLevelSpec, { readonly vconcat: unknown }>['vconcat'][number];

function panelChart({ quantity, bars, targets }: Panel, sides: readonly string[]): Chart {
  const present = sides.filter((side) => bars.some((bar) => bar.side === side));
  const variants = [...new Set(bars.map(({ variant }) => variant))];
  const y = {
    field: 'variant',
    type: 'nominal',
    sort: variants,
    axis: { title: null, ticks: false, domain: false, labelLimit: 400, minExtent: 130 },
  } as const;
  const yOffset = { field: 'side', type: 'nominal', sort: present } as const;
  const x = { type: 'quantitative', axis: { title: null, tickCount: 6 }, scale: { zero: true } } as const;
  return {
    title: targets.length > 0 ? `${quantity}  (red: target)` : quantity,
    width: WIDTH,
    height: variants.length * (present.length * BAR_HEIGHT + 8),
    data: { values: [...bars] },
    layer: [
      {
        mark: { type: 'bar', opacity: BAR_OPACITY },
        encoding: {
          y,
          yOffset,
          x: { ...x, field: 'median' },
          color: {
            field: 'side',
            type: 'nominal',
            scale: { domain: [...sides], range: [COLOURS.hub, ...COLOURS.others] },
          },
        },
      },
      {
        mark: { type: 'errorbar', ticks: { size: 6, color: COLOURS.text }, rule: { color: COLOURS.text } },
        encoding: { y, yOffset, x: { ...x, field: 'min' }, x2: { field: 'max' } },
      },
      {
        data: { values: [...targets] },
        mark: { type: 'tick', color: COLOURS.target, opacity: 1, thickness: 2.5, height: { band: 1 } },
        encoding: { y, x: { ...x, field: 'value' } },
      },
    ],
  };
}
