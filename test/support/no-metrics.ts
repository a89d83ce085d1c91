// Metrics of which nothing is kept.
import type { Metrics } from '../../src/ports/metrics.ts';

export const NO_METRICS: Metrics = {
  operationEnded: () => undefined,
  bodySeen: () => undefined,
  jobEnded: () => undefined,
  connectAnswered: () => undefined,
  requestAnswered: () => undefined,
  storeCallBegan: () => undefined,
  storeCallEnded: () => undefined,
  watch: () => undefined,
  page: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
};
