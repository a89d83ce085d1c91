// What a write of a device does to the tables of a database.
import { deviceAudit } from '../../domain/audit/audit-records.ts';
import { applyDeviceWrite, type DeviceWrite, type DeviceWriteEffect } from '../../domain/identity/device-write.ts';
import { edgeRuntimeModules, edgeRuntimeStep } from '../../domain/identity/edge-runtime.ts';
import { SYSTEM_MODULE_IDS } from '../../domain/identity/system-module.ts';
import { newTwin } from '../../domain/twin/apply-twin-change.ts';
import type { Twin } from '../../domain/twin/twin.ts';
import type { RegistryTables } from './registry-tables.ts';
import { checkRoom, makeModules, removeModules } from './write-module.ts';

/**
 * Belongs in a transaction. @param firstTwin makes the twin of a device that is created from the one that the rule gives it.
 * @throws HubError as the rule says, TooManyModulesOnDevice, or what `firstTwin` throws; nothing has changed then.
 */
export function writeDevice(tables: RegistryTables, write: DeviceWrite, firstTwin = (twin: Twin): Twin => twin): DeviceWriteEffect {
  const deviceId = write.kind === 'put' ? write.spec.deviceId : write.deviceId;
  const before = tables.device(deviceId);
  const effect = applyDeviceWrite(before, write, (id) => tables.device(id));
  const runtime = edgeRuntimeStep(before, effect);
  if (runtime === 'make') checkRoom(tables, deviceId, SYSTEM_MODULE_IDS.length);
  const change = { at: write.at, deviceId, sections: [] };
  switch (effect.kind) {
    case 'created': {
      const twin = firstTwin(newTwin({ deviceId }, write.at));
      tables.insertDevice(effect.device);
      tables.insertTwin(twin);
      tables.appendChange({ ...change, kind: 'deviceCreated' });
      break;
    }
    case 'updated':
      tables.updateDevice(effect.device);
      tables.appendChange({ ...change, kind: 'deviceUpdated' });
      break;
    case 'deleted':
      tables.deleteDevice(deviceId);
      tables.appendChange({ ...change, kind: 'deviceDeleted' });
      break;
  }
  tables.appendAudit(deviceAudit({ write, before, effect }));
  if (runtime === 'make' && write.kind === 'put') makeModules(tables, edgeRuntimeModules(deviceId, write.minted), write);
  if (runtime === 'remove') {
    removeModules(
      tables,
      SYSTEM_MODULE_IDS.map((moduleId) => ({ deviceId, moduleId })),
      write,
    );
  }
  return effect;
}
