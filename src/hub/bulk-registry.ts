// Bulk calls to the registry: many devices, modules and twins, each on its own, in one commit.
import type { Actor } from '../domain/audit/audit-entry.ts';
import { invariant, type Outcome } from '../domain/errors.ts';
import type { RefusedItem } from '../domain/identity/bulk-result-document.ts';
import type { BulkEffect, BulkWrite } from '../domain/identity/bulk-write.ts';
import { endsConnections } from '../domain/identity/device-write.ts';
import { addressOf, type IdentityId, isModuleId } from '../domain/identity/identity-id.ts';
import { endsModuleConnection } from '../domain/identity/module-write.ts';
import type { BulkItem, BulkRequest, TwinPatch } from '../domain/identity/parse-bulk.ts';
import type { Precondition } from '../domain/precondition.ts';
import { toIsoTime } from '../domain/time.ts';
import type { TwinChange } from '../domain/twin/twin.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';
import type { DeviceStore } from '../ports/device-store.ts';
import type { Random } from '../ports/random.ts';
import type { DesiredNotices, DeviceNotice } from './desired-notices.ts';
import { mintIdentity } from './mint-identity.ts';

type Dependencies = {
  readonly store: DeviceStore;
  readonly bus: DeviceBus;
  readonly notices: DesiredNotices;
  readonly clock: Clock;
  readonly random: Random;
};

export class BulkRegistry {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Does what each item asks for, as single calls would, and answers those that were refused, in the order of the items. Durable when it
   * resolves; connected devices have then been sent what changed, and those whose sign-in changed are disconnected.
   * @throws HubError ServiceUnavailable when the store does not accept writes; then nothing was done.
   */
  async write(items: readonly BulkItem[], by: Actor): Promise<readonly RefusedItem[]> {
    const { store, notices } = this.#dependencies;
    const writes = items.flatMap(({ request }) => (request.kind === 'done' ? [this.#writeOf(request.value, by)] : []));
    const outcomes = await notices.commit(() => store.writeInBulk(writes), noticesOf);
    invariant(outcomes.length === writes.length, 'a bulk write answers each of its items');
    this.#disconnectChanged(outcomes);
    const inOrder = outcomes.values();
    return items.flatMap(({ target, request }) => {
      const outcome = request.kind === 'done' ? inOrder.next().value : request;
      return outcome?.kind === 'refused' ? [{ target, refusal: outcome.refusal }] : [];
    });
  }

  #disconnectChanged(outcomes: readonly Outcome<BulkEffect>[]): void {
    for (const outcome of outcomes) {
      if (outcome.kind === 'refused') continue;
      const { bus } = this.#dependencies;
      const { device, module } = outcome.value;
      if (device && endsConnections(device)) bus.disconnectAll(device.device.deviceId, 'signInChanged');
      if (module && endsModuleConnection(module)) void bus.send(addressOf(module.module), { kind: 'disconnect', reason: 'signInChanged' });
    }
  }

  #writeOf(request: BulkRequest, by: Actor): BulkWrite {
    const origin = { at: toIsoTime(this.#dependencies.clock.nowMs()), by };
    switch (request.kind) {
      case 'put': {
        const { spec, precondition, twin } = request;
        const device = { kind: 'put', spec, precondition, minted: mintIdentity(this.#dependencies.random), ...origin } as const;
        return { kind: 'device', device, twin: twin && twinWrite({ deviceId: spec.deviceId }, twin, origin) };
      }
      case 'putModule': {
        const { spec, precondition, twin } = request;
        const module = { kind: 'put', spec, precondition, minted: mintIdentity(this.#dependencies.random), ...origin } as const;
        const { deviceId, moduleId } = spec;
        return { kind: 'module', module, twin: twin && twinWrite({ deviceId, moduleId }, twin, origin) };
      }
      case 'delete':
        return deletion(request.id, request.precondition, origin);
      case 'patchTwin':
        return { kind: 'twin', twin: twinWrite(request.id, request.twin, origin) };
    }
  }
}

type Origin = { readonly at: string; readonly by: Actor };

function deletion(id: IdentityId, precondition: Precondition, origin: Origin): BulkWrite {
  return isModuleId(id)
    ? { kind: 'module', module: { kind: 'delete', id, precondition, ...origin }, twin: undefined }
    : { kind: 'device', device: { kind: 'delete', deviceId: id.deviceId, precondition, ...origin }, twin: undefined };
}

function twinWrite(id: IdentityId, twin: TwinPatch, origin: Origin): Extract<TwinChange, { kind: 'patch' | 'replace' }> {
  return { kind: 'patch', ...id, ...twin, ...origin };
}

function noticesOf(outcomes: readonly Outcome<BulkEffect>[]): readonly DeviceNotice[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.kind === 'refused' || !outcome.value.notice) return [];
    const { deviceId, moduleId, notice } = outcome.value;
    return [{ deviceId, moduleId, notice }];
  });
}
