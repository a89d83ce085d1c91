// What became of a bulk call to the registry, as the service API shows it.
import type { Refusal } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { BulkTarget } from './parse-bulk.ts';

export type RefusedItem = { readonly target: BulkTarget; readonly refusal: Refusal };

/**
 * `BulkRegistryOperationResult` of the swagger; every item that is not among the errors was done. There are no warnings: the only one that
 * the service knows is of a device without its twin, and here both are written or neither.
 */
export function bulkResultDocument(refused: readonly RefusedItem[]): JsonObject {
  return { isSuccessful: refused.length === 0, errors: refused.map(errorDocument), warnings: [] };
}

function errorDocument({ target, refusal }: RefusedItem): JsonObject {
  const { deviceId, moduleId, operation } = target;
  return {
    deviceId,
    errorCode: refusal.code,
    errorStatus: refusal.message,
    ...(moduleId !== undefined && { moduleId }),
    ...(operation !== undefined && { operation }),
  };
}
