// Several rounds of a measurement: the hub and its floor in turn, so that a slow minute of the machine meets both.
import type { Measurement, Target } from './measurement.ts';
import { sampleOf } from './statistics.ts';

/** What one round gives of each quantity, by its name. */
export type Readings = Readonly<Record<string, number>>;

export type Contest = {
  readonly bench: string;
  readonly variant: string;
  readonly rounds: number;
  readonly hub: () => Promise<Readings>;
  readonly floor: (() => Promise<Readings>) | undefined;
  /** Quantities and their targets; those that are not named have none. */
  readonly targets: Readonly<Record<string, readonly Target[]>>;
};

/** Which of the two begins changes from round to round. */
export async function contest({ bench, variant, rounds, hub, floor, targets }: Contest): Promise<readonly Measurement[]> {
  const read: { hub: Readings; floor: Readings | undefined }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const floorFirst = round % 2 === 1 ? await floor?.() : undefined;
    const ofHub = await hub();
    read.push({ hub: ofHub, floor: floorFirst ?? (await floor?.()) });
  }
  return Object.entries(targets).flatMap(([quantity, bounds]) => {
    const ofHub = read.map((each) => each.hub[quantity] ?? Number.NaN);
    const ofFloor = read.flatMap((each) => each.floor?.[quantity] ?? []);
    const hasFloor = ofFloor.length === ofHub.length;
    return bounds.map((target) => ({
      bench,
      variant,
      quantity,
      hub: sampleOf(ofHub),
      floor: hasFloor ? sampleOf(ofFloor) : undefined,
      ratio: hasFloor ? sampleOf(ofHub.map((value, index) => value / (ofFloor[index] ?? Number.NaN))) : undefined,
      target,
    }));
  });
}
