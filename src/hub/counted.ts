// Counts operations by how they end.
import { HubError } from '../domain/errors.ts';
import type { MeasuredOperation, Metrics } from '../ports/metrics.ts';

/** @returns what the work returns. @throws what it throws; anything but a HubError is a bug, and counts as ServerError. */
export function counted<T>(metrics: Metrics, operation: MeasuredOperation, work: () => Promise<T>): Promise<T> {
  return work().then(
    (value) => {
      metrics.operationEnded(operation);
      return value;
    },
    (error: unknown) => {
      metrics.operationEnded(operation, error instanceof HubError ? error.code : 'ServerError');
      throw error;
    },
  );
}
