// What a back end's write of a twin does to the tables of a database.
import { twinAudit } from '../../domain/audit/audit-records.ts';
import { isSystemModule, systemModuleRefusal } from '../../domain/identity/system-module.ts';
import { applyTwinChange } from '../../domain/twin/apply-twin-change.ts';
import { twinNotFound } from '../../domain/twin/twin-not-found.ts';
import type { Twin, TwinChange, TwinChangeEffect } from '../../domain/twin/twin.ts';
import type { TwinChangeResult } from '../../ports/twin-store.ts';
import type { TwinTables } from './registry-tables.ts';

export type ServiceWrite = Exclude<TwinChange, { kind: 'report' }>;

/** Belongs in a transaction. @throws HubError as the rule says, or DeviceNotFound, also for a module; nothing has changed then. */
export function writeTwin(tables: TwinTables, change: ServiceWrite): Extract<TwinChangeResult, { kind: 'written' }> {
  const { deviceId, moduleId } = change;
  const found = tables.identityTwin({ deviceId, moduleId });
  if (!found) throw twinNotFound(change);
  if (moduleId !== undefined && isSystemModule(moduleId)) throw systemModuleRefusal();
  const { identity, twin: before } = found;
  const effect = applyTwinChange(before, change);
  if (effect.changed.length > 0) tables.updateWritten(effect.twin);
  appendWrite(tables, { change, before, effect });
  return { kind: 'written', identityTwin: { identity, twin: effect.twin }, notice: effect.notice };
}

type WriteStep = { readonly change: ServiceWrite; readonly before: Twin; readonly effect: TwinChangeEffect };

/** What feed and audit tell of a write. Belongs in its transaction. */
export function appendWrite(tables: TwinTables, { change, before, effect }: WriteStep): void {
  const { deviceId, moduleId, at, by } = change;
  const { twin, changed } = effect;
  if (changed.length === 0) return;
  tables.appendChange({ at, kind: 'twinUpdated', deviceId, moduleId, sections: changed });
  if (by) tables.appendAudit(twinAudit({ write: change, by, before, after: twin, changed }));
}
