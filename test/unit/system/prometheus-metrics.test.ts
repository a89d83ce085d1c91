// The page that Prometheus reads: names, labels and numbers.
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLog } from '../../../src/system/log.ts';
import { createPrometheusMetrics, type PrometheusMetrics } from '../../../src/system/prometheus-metrics.ts';

function open(): PrometheusMetrics {
  const metrics = createPrometheusMetrics(createLog({ level: 'silent' }));
  onTestFinished(() => metrics.close());
  return metrics;
}

/** The lines with numbers that hold the text. */
async function linesWith(metrics: PrometheusMetrics, text: string): Promise<readonly string[]> {
  const page = await metrics.page();
  return page.text.split('\n').filter((line) => !line.startsWith('#') && line.includes(text));
}

describe('the page', () => {
  it('has the type that Prometheus asks for, and a word of help for each name', async () => {
    const { contentType, text } = await open().page();

    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const names = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    expect([...text.matchAll(/^# HELP (\S+) \S+/gm)].map(([, name]) => name)).toEqual([...names]);
    expect([...names].filter((name) => !/^(twinhub|process|nodejs)_[a-z0-9_]+$/.test(name ?? ''))).toEqual([]);
  });

  it('counts operations under the names of the service, refusals by their code', async () => {
    const metrics = open();

    metrics.operationEnded('jobs.createTwinUpdateJob');
    metrics.operationEnded('jobs.createTwinUpdateJob');
    metrics.operationEnded('jobs.createTwinUpdateJob', 'ArgumentInvalid');

    expect(await linesWith(metrics, 'jobs_create_twin_update_job')).toEqual([
      'twinhub_jobs_create_twin_update_job_success_total 2',
      'twinhub_jobs_create_twin_update_job_failure_total{code="ArgumentInvalid"} 1',
    ]);
  });

  it('has sizes, ends of jobs, connects and requests', async () => {
    const metrics = open();

    metrics.bodySeen('c2d.methods.request', 64);
    metrics.bodySeen('c2d.methods.request', 65);
    metrics.jobEnded('completed');
    metrics.connectAnswered(5);
    metrics.requestAnswered({ method: 'GET', route: '/twins/:deviceId', status: 200, seconds: 0.2 });
    metrics.requestAnswered({ method: 'GET', route: undefined, status: 404, seconds: 0.1 });

    expect(await linesWith(metrics, 'methods_request_size_bytes')).toEqual([
      'twinhub_c2d_methods_request_size_bytes_bucket{le="64"} 1',
      ...[256, 1024, 4096, 16_384, 65_536, 262_144].map((le) => `twinhub_c2d_methods_request_size_bytes_bucket{le="${le}"} 2`),
      'twinhub_c2d_methods_request_size_bytes_bucket{le="+Inf"} 2',
      'twinhub_c2d_methods_request_size_bytes_sum 129',
      'twinhub_c2d_methods_request_size_bytes_count 2',
    ]);
    expect(await linesWith(metrics, 'jobs_ended')).toEqual(['twinhub_jobs_ended_total{status="completed"} 1']);
    expect(await linesWith(metrics, 'mqtt_connects')).toEqual(['twinhub_mqtt_connects_total{code="5"} 1']);
    expect(await linesWith(metrics, 'http_request_seconds_sum')).toEqual([
      'twinhub_http_request_seconds_sum{method="GET",route="/twins/:deviceId",status="200"} 0.2',
      'twinhub_http_request_seconds_sum{method="GET",route="none",status="404"} 0.1',
    ]);
  });

  it('has the calls of the store, those under way among them', async () => {
    const metrics = open();

    metrics.storeCallBegan('writeDevices');
    metrics.storeCallBegan('writeDevices');
    metrics.storeCallEnded({ operation: 'writeDevices', seconds: 0.002, failed: false, items: 7 });

    expect(await linesWith(metrics, 'under_way')).toEqual(['twinhub_store_calls_under_way{operation="writeDevices"} 1']);
    expect(await linesWith(metrics, 'commit_items_sum')).toEqual(['twinhub_store_commit_items_sum{operation="writeDevices"} 7']);
    expect(await linesWith(metrics, 'call_seconds_sum')).toEqual([
      'twinhub_store_call_seconds_sum{operation="writeDevices",outcome="success"} 0.002',
    ]);
  });

  it('asks for what it watches each time, and leaves out what cannot be read', async () => {
    const metrics = open();
    let connected = 1;
    let isBroken = false;
    metrics.watch({
      connectedDevices: () => connected,
      registeredDevices: () => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve(12)),
      telemetry: () => ({ messages: 3, bytes: 40 }),
      liveQueries: () => 7,
      scannedPaths: () => [{ path: 'tags.site', queries: 2, rows: 600, seconds: 1.5 }],
      writesWaiting: { twins: () => 4 },
    });

    const first = await linesWith(metrics, 'device_count');
    connected = 2;
    isBroken = true;
    const second = await linesWith(metrics, 'device_count');

    expect(first).toEqual(['twinhub_connected_device_count 1', 'twinhub_total_device_count 12']);
    expect(second).toEqual(['twinhub_connected_device_count 2']);
    expect(await linesWith(metrics, 'ingress')).toEqual([
      'twinhub_d2c_telemetry_ingress_success_total 3',
      'twinhub_d2c_telemetry_ingress_bytes_total 40',
    ]);
    expect(await linesWith(metrics, 'query_scan')).toEqual([
      'twinhub_query_scan_queries{path="tags.site"} 2',
      'twinhub_query_scan_rows{path="tags.site"} 600',
      'twinhub_query_scan_seconds{path="tags.site"} 1.5',
    ]);
    expect(await linesWith(metrics, 'live_queries')).toEqual(['twinhub_live_queries 7']);
    expect(await linesWith(metrics, 'writes_waiting')).toEqual(['twinhub_writes_waiting{of="twins"} 4']);
  });

  it('has what the process uses', async () => {
    const metrics = open();

    const numbers = (await metrics.page()).text.match(/^(process|nodejs|twinhub_event_loop)_\S+ (\S+)$/gm) ?? [];

    expect(numbers.map((line) => line.split(' ')[0])).toEqual([
      ...['0.5', '0.9', '0.99', '1'].map((quantile) => `twinhub_event_loop_delay_seconds{quantile="${quantile}"}`),
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_heap_size_used_bytes',
      'process_start_time_seconds',
    ]);
    expect(numbers.every((line) => Number(line.split(' ')[1]) >= 0)).toBe(true);
  });
});
