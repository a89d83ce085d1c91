// What a back end's write of a twin does to the tables of a database.
import { twinAudit } from '../../domain/audit/audit-records.ts';
import { isSystemModule, systemModuleRefusal } from '../../domain/identity/system-module.ts';
import { applyTwinChange } from '../../domain/twin/apply-twin-change.ts';
import { twinNotFound } from '../../domain/twin/twin-not-found.ts';
import type { TwinChange } from '../../domain/twin/twin.ts';
import type { TwinChangeResult } from '../../ports/twin-store.ts';
import type { TwinTables } from './registry-tables.ts';

export type ServiceWrite = Exclude<TwinChange, { kind: 'report' }>;

/** Belongs in a transaction. @throws HubError as the rule says, or DeviceNotFound, also for a module; nothing has changed then. */
export function writeTwin(tables: TwinTables, change: ServiceWrite): Extract<TwinChangeResult, { kind: 'written' }> {
  const { deviceId, moduleId, at } = change;
  const found = tables.identityTwin({ deviceId, moduleId });
  if (!found) throw twinNotFound(change);
  if (moduleId !== undefined && isSystemModule(moduleId)) throw systemModuleRefusal();
  const { identity, twin: before } = found;
  const { twin, changed, notice } = applyTwinChange(before, change);
  if (changed.length > 0) {
    tables.updateWritten(twin);
    tables.appendChange({ at, kind: 'twinUpdated', deviceId, moduleId, sections: changed });
    if (change.by) tables.appendAudit(twinAudit({ write: change, by: change.by, before, after: twin, changed }));
  }
  return { kind: 'written', identityTwin: { identity, twin }, notice };
}
