// The tables of PostgreSQL that stand for each collection after FROM.
import type { Collection } from '../../domain/query/ast.ts';
import { operandOfDeviceJobPath } from './device-job-operand.ts';
import type { Bindings } from './query-bindings.ts';
import { operandOfModulePath, type OperandOfPath, operandOfTwinPath } from './query-operand.ts';

/** `tables`: what follows FROM in SQL, up to WHERE and its first condition. `ids`: the columns that tell documents apart, in their order. */
type Source = {
  readonly tables: (bindings: Bindings) => string;
  readonly ids: readonly string[];
  readonly pathOperand: OperandOfPath;
};

export const SOURCES: Readonly<Record<Collection, Source>> = {
  devices: {
    // Every twin of a device has its device, which needs to be looked at only for what it says itself.
    tables: (bindings) =>
      `twins as t ${bindings.touches('d') ? 'join devices as d on d.device_id = t.device_id' : ''} where t.module_id = ''`,
    ids: ['t.device_id'],
    pathOperand: operandOfTwinPath,
  },
  'devices.modules': {
    // Modules first: most twins may be those of devices.
    tables: () => 'modules as m join twins as t on t.device_id = m.device_id and t.module_id = m.module_id where true',
    ids: ['m.device_id', 'm.module_id'],
    pathOperand: operandOfModulePath,
  },
  'devices.jobs': {
    tables: () => 'jobs as j join job_devices as r on r.job_key = j.job_key where true',
    ids: ['j.job_id', 'r.device_id'],
    pathOperand: operandOfDeviceJobPath,
  },
};
