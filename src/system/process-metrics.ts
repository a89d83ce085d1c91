// What the process uses, for the metrics: its event loop, memory and CPU, under the names that Prometheus has for them.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import prometheus, { type Registry } from 'prom-client';

const { Counter, Gauge } = prometheus;

/** The delay is sampled as often, and each sample holds this time, too. */
const SAMPLE_MS = 20;
const QUANTILES = [0.5, 0.9, 0.99, 1];
const NANOSECONDS = 1e9;

/** @returns what ends the sampling. */
export function measureProcess(registry: Registry): () => void {
  const registers = [registry];
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  delay.enable();
  new Gauge({
    name: 'twinhub_event_loop_delay_seconds',
    help: 'How late the event loop was, since the last look.',
    labelNames: ['quantile'],
    registers,
    collect(): void {
      for (const quantile of QUANTILES) {
        this.set({ quantile }, Math.max(0, delay.percentile(quantile * 100) / NANOSECONDS - SAMPLE_MS / 1000));
      }
      delay.reset();
    },
  });
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, all threads.',
    registers,
    collect(): void {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process.',
    registers,
    collect(): void {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'JavaScript objects of the main thread.',
    registers,
    collect(): void {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  new Gauge({ name: 'process_start_time_seconds', help: 'When the process started, since 1970.', registers }).set(
    Math.round(Date.now() / 1000 - process.uptime()),
  );
  return () => delay.disable();
}
