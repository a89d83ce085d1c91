// Several rounds of a measurement: the hub and what it is compared with in turn, so that a slow minute of the machine meets all of them.
import type { Measurement, Target } from './measurement.ts';
import { sampleOf } from './statistics.ts';

/** What one round gives of each quantity, by its name. */
export type Readings = Readonly<Record<string, number>>;

export type Contest = {
  readonly bench: string;
  readonly variant: string;
  readonly rounds: number;
  readonly hub: () => Promise<Readings>;
  /** What the hub is compared with, by its name, such as `floor`. */
  readonly against: Readonly<Record<string, () => Promise<Readings>>>;
  /** Quantities and their targets; those that are not named are not shown. */
  readonly targets: Readonly<Record<string, readonly (Target | TargetsByName)[]>>;
};

/** The target of each comparison, by the name of what the hub is compared with, which must be one of them; `none` for those that are left out. */
type TargetsByName = { readonly kind: 'byName'; readonly of: Readonly<Record<string, Target>> };

/** Which of them begins changes from round to round. @throws Error when a target is for a comparison that there is not. */
export async function contest({ bench, variant, rounds, hub, against, targets }: Contest): Promise<readonly Measurement[]> {
  const unknown = Object.values(targets)
    .flat()
    .flatMap((target) => (target.kind === 'byName' ? Object.keys(target.of) : []))
    .find((name) => !(name in against));
  if (unknown !== undefined) throw new Error(`The hub is not compared with ${unknown}.`);
  const sides = [{ name: '', read: hub }, ...Object.entries(against).map(([name, read]) => ({ name, read }))];
  const readings = new Map<string, Readings[]>(sides.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % sides.length;
    for (const { name, read } of [...sides.slice(first), ...sides.slice(0, first)]) readings.get(name)?.push(await read());
  }
  const valuesOf = (name: string, quantity: string): readonly number[] =>
    (readings.get(name) ?? []).flatMap((each) => each[quantity] ?? []);
  return Object.entries(targets).flatMap(([quantity, bounds]) => {
    const ofHub = valuesOf('', quantity);
    const compared = Object.keys(against).filter((name) => valuesOf(name, quantity).length === ofHub.length);
    const common = { bench, variant, quantity, hub: sampleOf(ofHub) };
    return bounds.flatMap((target): readonly Measurement[] => {
      if (compared.length === 0) return [{ ...common, target: targetAgainst('', target) }];
      return compared.map((name) => ({
        ...common,
        other: comparison(name, ofHub, valuesOf(name, quantity)),
        target: targetAgainst(name, target),
      }));
    });
  });
}

function targetAgainst(name: string, target: Target | TargetsByName): Target {
  return target.kind === 'byName' ? (target.of[name] ?? { kind: 'none' }) : target;
}

function comparison(name: string, ofHub: readonly number[], values: readonly number[]): Measurement['other'] {
  return { name, sample: sampleOf(values), ratio: sampleOf(ofHub.map((value, index) => value / (values[index] ?? Number.NaN))) };
}
