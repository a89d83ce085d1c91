// Metrics that keep what they are told, in order.
import type { Metrics } from '../../src/ports/metrics.ts';
import { NO_METRICS } from './no-metrics.ts';

type Told = Parameters<Metrics['storeCallEnded']>[0];

export class RecordingMetrics {
  readonly begun: string[] = [];
  readonly ended: Told[] = [];
  readonly metrics: Metrics = {
    ...NO_METRICS,
    storeCallBegan: (operation) => void this.begun.push(operation),
    storeCallEnded: (call) => void this.ended.push(call),
  };
}
