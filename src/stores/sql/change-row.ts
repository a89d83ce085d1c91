// A row of the change feed, as both databases have it.
import type { Change, ChangeKind } from '../../domain/change.ts';
import { joinNames, splitNames } from './name-list.ts';

export const CHANGE_COLUMNS = 'sequence, at, kind, device_id, module_id, sections';

export type ChangeRow = {
  readonly sequence: number;
  readonly at: string;
  readonly kind: ChangeKind;
  readonly device_id: string;
  readonly module_id: string;
  readonly sections: string;
};

export function toChange(row: ChangeRow): Change {
  return {
    sequence: row.sequence,
    at: row.at,
    kind: row.kind,
    deviceId: row.device_id,
    ...(row.module_id !== '' && { moduleId: row.module_id }),
    sections: splitNames(row.sections),
  };
}

/** The database gives it its sequence. */
export function toChangeRow(change: Omit<Change, 'sequence'>): Omit<ChangeRow, 'sequence'> {
  return {
    at: change.at,
    kind: change.kind,
    device_id: change.deviceId,
    module_id: change.moduleId ?? '',
    sections: joinNames(change.sections),
  };
}
