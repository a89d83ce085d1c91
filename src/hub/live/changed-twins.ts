// Reads what the change feed tells of: each changed device and module once, as it stands.
import type { Change } from '../../domain/change.ts';
import { invariant } from '../../domain/errors.ts';
import { addressOf, type IdentityId } from '../../domain/identity/identity-id.ts';
import { partsOfChange, type TwinParts } from '../../domain/query/live/twin-parts.ts';
import { serviceTwinDocument } from '../../domain/twin/twin-document.ts';
import type { TwinStore } from '../../ports/twin-store.ts';
import type { ChangedTwin } from './live-query.ts';

/** Several changes of one device or module together. `first`, `last`: the sequences of the first and the last of them. */
export type TouchedTwin = { readonly id: IdentityId; readonly first: number; readonly last: number; readonly touched: TwinParts };

/**
 * In the order of their first changes: whoever is told of them in that order has everything up to the first change of the one told last. The feed
 * does not tell of the modules that go with their device.
 * @param modulesOf the modules of a deleted device that somebody knows.
 */
export function touchedTwins(changes: readonly Change[], modulesOf: (deviceId: string) => readonly string[]): readonly TouchedTwin[] {
  const byAddress = new Map<string, TouchedTwin>();
  const touch = (id: IdentityId, { sequence }: Change, parts: TwinParts): void => {
    const address = addressOf(id);
    const known = byAddress.get(address);
    byAddress.set(address, { id, first: known?.first ?? sequence, last: sequence, touched: (known?.touched ?? 0) | parts });
  };
  for (const change of changes) {
    const { deviceId, moduleId } = change;
    const parts = partsOfChange(change);
    touch({ deviceId, ...(moduleId !== undefined && { moduleId }) }, change, parts);
    if (change.kind !== 'deviceDeleted') continue;
    for (const module of modulesOf(deviceId)) touch({ deviceId, moduleId: module }, change, parts);
  }
  return [...byAddress.values()];
}

/** In the same order. Read in groups, so that no single call of the store moves a great many documents. */
export async function readChanged(twins: Pick<TwinStore, 'readTwins'>, touched: readonly TouchedTwin[]): Promise<readonly ChangedTwin[]> {
  const groups = Array.from({ length: Math.ceil(touched.length / READ_TOGETHER) }, (_, index) =>
    touched.slice(index * READ_TOGETHER, (index + 1) * READ_TOGETHER),
  );
  const read = await Promise.all(groups.map((group) => twins.readTwins(group.map(({ id }) => id))));
  return read.flat().map((found, index) => {
    const twin = touched[index];
    invariant(twin, 'a store answers for each id');
    return { ...twin, document: found && serviceTwinDocument(found.identity, found.twin) };
  });
}

const READ_TOGETHER = 100;
