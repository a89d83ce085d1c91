// What benches measure and how it is judged.
import type { Sample } from './statistics.ts';

/**
 * `atMost` and `atLeast` bound the ratio of the hub to its floor, `floorPlus` the difference; `hubAtMost` and `hubAtLeast` the hub alone. `orOfFloor`: where so much of
 * what the floor reaches asks less of the hub, it is enough, since the machine does not allow more.
 */
export type Target =
  | { readonly kind: 'atMost' | 'atLeast' | 'floorPlus'; readonly value: number }
  | { readonly kind: 'hubAtMost' | 'hubAtLeast'; readonly value: number; readonly orOfFloor?: number }
  | { readonly kind: 'none' };

export type Measurement = {
  readonly bench: string;
  /** What was varied, such as `100 at once`. */
  readonly variant: string;
  /** What was measured, with its unit, such as `CPU µs per call`. */
  readonly quantity: string;
  readonly hub: Sample;
  /** What the hub is compared with, such as its floor; `ratio` is of the hub to it in the same round. */
  readonly other?: { readonly name: string; readonly sample: Sample; readonly ratio: Sample } | undefined;
  readonly target: Target;
};

/** What `--check` forgives: the machine is noisy. */
const TOLERANCE = 0.25;

/** By how much the target is missed, as a share of it; 0 or less when it is met. */
export function missedBy({ hub, other, target }: Measurement): number {
  switch (target.kind) {
    case 'none':
      return 0;
    case 'atMost':
      return other ? other.ratio.median / target.value - 1 : 0;
    case 'atLeast':
      return other ? 1 - other.ratio.median / target.value : 0;
    case 'floorPlus':
      return other ? hub.median / (other.sample.median + target.value) - 1 : 0;
    case 'hubAtMost':
      // Where nothing is allowed, each one is a miss by as much.
      return target.value === 0 ? hub.median : hub.median / boundOf(target, other) - 1;
    case 'hubAtLeast':
      return 1 - hub.median / boundOf(target, other);
  }
}

/** What could not be measured is no number, and missed. */
export function isMissed(measurement: Measurement): boolean {
  return !(missedBy(measurement) <= TOLERANCE);
}

/** What the hub would have measured had it just met its target; `undefined` where there is none. */
export function targetValue({ other, target }: Measurement): number | undefined {
  switch (target.kind) {
    case 'none':
      return undefined;
    case 'atMost':
    case 'atLeast':
      return other && other.sample.median * target.value;
    case 'floorPlus':
      return other && other.sample.median + target.value;
    case 'hubAtMost':
    case 'hubAtLeast':
      return boundOf(target, other);
  }
}

function boundOf({ kind, value, orOfFloor }: Extract<Target, { kind: 'hubAtMost' | 'hubAtLeast' }>, other: Measurement['other']): number {
  if (!other || orOfFloor === undefined) return value;
  const ofFloor = other.sample.median * orOfFloor;
  return kind === 'hubAtLeast' ? Math.min(value, ofFloor) : Math.max(value, ofFloor);
}

export function describeTarget(target: Target): string {
  if (target.kind === 'none') return '–';
  const value = target.value.toLocaleString('en');
  switch (target.kind) {
    case 'atMost':
      return `≤ ${value} ×`;
    case 'atLeast':
      return `≥ ${value} ×`;
    case 'floorPlus':
      return `≤ floor + ${value}`;
    case 'hubAtMost':
      return `≤ ${value}${orOfFloorOf(target)}`;
    case 'hubAtLeast':
      return `≥ ${value}${orOfFloorOf(target)}`;
  }
}

function orOfFloorOf({ orOfFloor }: Extract<Target, { kind: 'hubAtMost' | 'hubAtLeast' }>): string {
  return orOfFloor === undefined ? '' : ` or ${orOfFloor} ×`;
}

export function verdictOn(measurement: Measurement): string {
  if (measurement.target.kind === 'none') return '';
  if (missedBy(measurement) <= 0) return 'met';
  return isMissed(measurement) ? 'missed' : 'near';
}
