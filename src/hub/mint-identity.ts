// What only chance can give to a device.
import type { MintedIdentity } from '../domain/identity/device-write.ts';
import type { Random } from '../ports/random.ts';
import { mintKeys } from './policies.ts';

export function mintIdentity(random: Random): MintedIdentity {
  return { generationId: random.uuid(), keys: mintKeys(random), firstEtagCounter: firstEtagCounter(random) };
}

/** A start that differs after delete and re-create, so that an etag of the old device does not fit the new one. */
function firstEtagCounter(random: Random): number {
  return new DataView(random.bytes(4).slice().buffer).getUint32(0);
}
