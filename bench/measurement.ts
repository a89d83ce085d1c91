// What benches measure and how it is judged.
import type { Sample } from './statistics.ts';

/** `atMost` and `atLeast` bound the ratio of the hub to its floor, `floorPlus` the difference; `rateAtLeast` the hub alone. */
export type Target =
  | { readonly kind: 'atMost' | 'atLeast' | 'floorPlus' | 'rateAtLeast'; readonly value: number }
  | { readonly kind: 'none' };

export type Measurement = {
  readonly bench: string;
  /** What was varied, such as `100 at once`. */
  readonly variant: string;
  /** What was measured, with its unit, such as `CPU µs per call`. */
  readonly quantity: string;
  readonly hub: Sample;
  readonly floor: Sample | undefined;
  /** Of the hub to the floor of the same round. */
  readonly ratio: Sample | undefined;
  readonly target: Target;
};

/** What `--check` forgives: the machine is noisy. */
const TOLERANCE = 0.25;

/** By how much the target is missed, as a share of it; 0 or less when it is met. */
export function missedBy({ hub, floor, ratio, target }: Measurement): number {
  switch (target.kind) {
    case 'none':
      return 0;
    case 'atMost':
      return ratio ? ratio.median / target.value - 1 : 0;
    case 'atLeast':
      return ratio ? 1 - ratio.median / target.value : 0;
    case 'floorPlus':
      return floor ? hub.median / (floor.median + target.value) - 1 : 0;
    case 'rateAtLeast':
      return 1 - hub.median / target.value;
  }
}

export function isMissed(measurement: Measurement): boolean {
  return missedBy(measurement) > TOLERANCE;
}

export function describeTarget({ kind, ...rest }: Target): string {
  const value = 'value' in rest ? rest.value : 0;
  switch (kind) {
    case 'none':
      return '–';
    case 'atMost':
      return `≤ ${value} × floor`;
    case 'atLeast':
      return `≥ ${value} × floor`;
    case 'floorPlus':
      return `≤ floor + ${value}`;
    case 'rateAtLeast':
      return `≥ ${value}`;
  }
}
