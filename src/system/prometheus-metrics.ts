// Metrics in the form that Prometheus reads, kept by prom-client. Names of the service's metrics are its own, with underscores.
import prometheus, { type Registry as MetricsRegistry } from 'prom-client';
import type { Log } from '../ports/log.ts';
import type { MeasuredBody, MeasuredOperation, Metrics, Watched } from '../ports/metrics.ts';
import { measureProcess } from './process-metrics.ts';

const { Counter, Gauge, Histogram, Registry } = prometheus;

const OPERATIONS: Readonly<Record<MeasuredOperation, string>> = {
  'c2d.twin.read': 'Twins read by back ends',
  'c2d.twin.update': 'Twins changed by back ends',
  'd2c.twin.read': 'Twins read by devices',
  'd2c.twin.update': 'Reported properties changed by devices',
  'c2d.methods': 'Direct methods called by back ends',
  'jobs.createTwinUpdateJob': 'Jobs created that change twins',
  'jobs.createDirectMethodJob': 'Jobs created that call direct methods',
  'jobs.cancelJob': 'Jobs cancelled',
  'jobs.queryJobs': 'Lists of jobs',
};

const BODIES: Readonly<Record<MeasuredBody, readonly [name: string, help: string]>> = {
  'c2d.twin.read': ['c2d_twin_read_size_bytes', 'Answers to back ends that read a twin'],
  'c2d.twin.update': ['c2d_twin_update_size_bytes', 'Changes of twins by back ends'],
  'd2c.twin.update': ['d2c_twin_update_size_bytes', 'Changes of reported properties'],
  'c2d.methods.request': ['c2d_methods_request_size_bytes', 'Calls of direct methods'],
  'c2d.methods.response': ['c2d_methods_response_size_bytes', 'Answers to calls of direct methods'],
};

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BYTES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144];
const ITEMS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

export type PrometheusMetrics = Metrics & { close(): void };

/** Measures the process, too, until it is closed. @param log is told why a number cannot be read. */
export function createPrometheusMetrics(log: Log): PrometheusMetrics {
  const registry = new Registry();
  const make = makerOn(registry);
  const operations = mapped(OPERATIONS, (help, name) => make.outcomes(`twinhub_${snakeCase(name)}`, help));
  const bodies = mapped(BODIES, ([name, help]) => make.histogram(`twinhub_${name}`, help, { buckets: BYTES }));
  const jobs = make.counter('twinhub_jobs_ended_total', 'Jobs that have ended, by their status.', ['status']);
  const connects = make.counter('twinhub_mqtt_connects_total', 'Sign-ins over MQTT, by the return code of their CONNACK.', ['code']);
  const requests = make.histogram('twinhub_http_request_seconds', 'Requests over HTTPS until their answer.', {
    labelNames: ['method', 'route', 'status'],
  });
  const calls = make.histogram('twinhub_store_call_seconds', 'Calls of the store until their answer.', {
    labelNames: ['operation', 'outcome'],
  });
  const commits = make.histogram('twinhub_store_commit_items', 'Writes in one group commit.', {
    labelNames: ['operation'],
    buckets: ITEMS,
  });
  const underWay = make.gauge('twinhub_store_calls_under_way', 'Calls that the store has not answered.', ['operation']);
  const stopMeasuring = measureProcess(registry);
  return {
    operationEnded(operation, failure): void {
      if (failure === undefined) operations[operation].success.inc();
      else operations[operation].failure.inc({ code: failure });
    },
    bodySeen: (body, bytes) => bodies[body].observe(bytes),
    jobEnded: (status) => jobs.inc({ status }),
    connectAnswered: (code) => connects.inc({ code }),
    requestAnswered: ({ method, route = 'none', status, seconds }) => requests.observe({ method, route, status }, seconds),
    storeCallBegan: (operation) => underWay.inc({ operation }),
    storeCallEnded({ operation, seconds, failed, items }): void {
      underWay.dec({ operation });
      calls.observe({ operation, outcome: failed ? 'failure' : 'success' }, seconds);
      if (items !== undefined) commits.observe({ operation }, items);
    },
    watch: (watched) => watchOn(registry, watched, log),
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    close: stopMeasuring,
  };
}

type HistogramForm = { readonly buckets?: number[]; readonly labelNames?: readonly string[] };

function makerOn(registry: MetricsRegistry) {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: readonly string[] = []) => new Counter({ name, help, labelNames, registers });
  return {
    counter,
    gauge: (name: string, help: string, labelNames: readonly string[]) => new Gauge({ name, help, labelNames, registers }),
    histogram: (name: string, help: string, { buckets = SECONDS, labelNames = [] }: HistogramForm) =>
      new Histogram({ name, help, buckets, labelNames, registers }),
    outcomes: (name: string, help: string) => ({
      success: counter(`${name}_success_total`, `${help}.`),
      failure: counter(`${name}_failure_total`, `${help}, refused, by the code of the error.`, ['code']),
    }),
  };
}

/** Numbers that are read when somebody looks. One that cannot be read at that moment is left out. */
function watchOn(registry: MetricsRegistry, watched: Watched, log: Log): void {
  watchScans(registry, watched);
  const { connectedDevices, registeredDevices, liveQueries, telemetry, writesWaiting } = watched;
  const registers = [registry];
  new Gauge({
    name: 'twinhub_live_queries',
    help: 'Live queries that are open.',
    registers,
    collect(): void {
      this.set(liveQueries());
    },
  });
  new Gauge({
    name: 'twinhub_connected_device_count',
    help: 'Devices that are connected.',
    registers,
    collect(): void {
      this.set(connectedDevices());
    },
  });
  new Gauge({
    name: 'twinhub_total_device_count',
    help: 'Devices that are registered.',
    registers,
    async collect(): Promise<void> {
      this.reset();
      try {
        this.set(await registeredDevices());
      } catch (error) {
        this.remove();
        log.warn({ error: error instanceof Error ? error : undefined }, 'The number of devices cannot be read for the metrics.');
      }
    },
  });
  new Counter({
    name: 'twinhub_d2c_telemetry_ingress_success_total',
    help: 'Messages that devices have sent.',
    registers,
    collect(): void {
      this.reset();
      this.inc(telemetry().messages);
    },
  });
  new Counter({
    name: 'twinhub_d2c_telemetry_ingress_bytes_total',
    help: 'Bytes of the messages that devices have sent.',
    registers,
    collect(): void {
      this.reset();
      this.inc(telemetry().bytes);
    },
  });
  new Gauge({
    name: 'twinhub_writes_waiting',
    help: 'Writes that wait for a group commit.',
    labelNames: ['of'],
    registers,
    collect(): void {
      for (const [of, waiting] of Object.entries(writesWaiting)) this.set({ of }, waiting());
    },
  });
}

/** Those of a path that made room for another are gone. */
function watchScans(registry: MetricsRegistry, { scannedPaths }: Watched): void {
  const counts = {
    queries: 'Pages that were looked for without an index',
    rows: 'Twins that were looked at for them',
    seconds: 'Time that they took',
  };
  for (const [count, meaning] of Object.entries(counts)) {
    new Gauge({
      name: `twinhub_query_scan_${count}`,
      help: `${meaning}, by the path of which an index would have helped, since the hub was started.`,
      labelNames: ['path'],
      registers: [registry],
      collect(): void {
        this.reset();
        for (const { path, queries, rows, seconds } of scannedPaths()) this.set({ path }, { queries, rows, seconds }[count] ?? 0);
      },
    });
  }
}

/** `jobs.createTwinUpdateJob` is `jobs_create_twin_update_job`. */
function snakeCase(name: string): string {
  return name.replaceAll('.', '_').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function mapped<Name extends string, Entry, Made>(
  table: Readonly<Record<Name, Entry>>,
  make: (entry: Entry, name: Name) => Made,
): Readonly<Record<Name, Made>> {
  // The names of the new table are those of the old one.
  return Object.fromEntries((Object.keys(table) as Name[]).map((name) => [name, make(table[name], name)])) as Record<Name, Made>;
}
