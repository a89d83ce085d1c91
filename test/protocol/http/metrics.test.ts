// Goal: what devices and back ends do shows in the metrics, under the operation they asked for.
// Method: a whole hub, devices and back ends byte by byte, and the page that Prometheus would read, before and after.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { connectDevice, connectPacket, FILTERS, openMqttClient, sendConnect } from '../../support/mqtt-client.ts';
import { openTestHub, sasToken, type TestHub } from '../../support/test-hub.ts';

type Call = { readonly method?: string; readonly path: string; readonly body?: unknown; readonly chunked?: true };

async function call(
  hub: TestHub,
  { method = 'GET', path, body, chunked }: Call,
): Promise<{ readonly status: number; readonly text: string }> {
  const authorization = sasToken({
    key: hub.hub.policies.get('iothubowner').keys.primaryKey,
    resource: 'localhost',
    policyName: 'iothubowner',
  });
  const headers = { authorization, ...(chunked && { 'transfer-encoding': 'chunked' }) };
  const sent = request({ host: 'localhost', port: hub.httpsPort, ca: hub.caPem, method, path, headers });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (!response) throw new Error('no response');
  return { status: response.statusCode ?? 0, text: await readText(response) };
}

/** Every number that is not 0, by its name and labels. */
async function numbersOf(hub: TestHub): Promise<ReadonlyMap<string, number>> {
  const { text } = await call(hub, { path: '/hub/metrics' });
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

const VERSION = '?api-version=2021-04-12';

it('Operations of back ends are counted and measured, refused ones by their code.', async () => {
  await using hub = await openTestHub();
  const device = await hub.createDevice('lamp');
  await using client = await connectDevice(hub, device);
  await client.subscribe(FILTERS.methods);
  const body = { methodName: 'm', payload: 1, responseTimeoutInSeconds: 30 };

  const twin = await call(hub, { path: `/twins/lamp${VERSION}` });
  await call(hub, { path: `/twins/missing${VERSION}` });
  const patch = { tags: { a: 1 } };
  await call(hub, { method: 'PATCH', path: `/twins/lamp${VERSION}`, body: patch });
  await call(hub, { method: 'PATCH', path: `/twins/lamp${VERSION}`, body: { tags: 1 } });
  const calling = call(hub, { method: 'POST', path: `/twins/lamp/methods${VERSION}`, body });
  const { topic } = await client.message('$iothub/methods/POST/m/');
  client.publish(`$iothub/methods/res/200/?${topic.slice(topic.indexOf('?') + 1)}`, '2');
  const answer = await calling;
  await call(hub, { method: 'POST', path: `/twins/missing/methods${VERSION}`, body });
  await call(hub, { method: 'PUT', path: `/twins/lamp/methods${VERSION}`, body });
  await call(hub, { path: `/jobs/v2/query${VERSION}` });

  const numbers = await numbersOf(hub);
  const operations = [...numbers].filter(([name, number]) => /^twinhub_(c2d|jobs)_/.test(name) && !name.includes('_bucket') && number > 0);
  expect(Object.fromEntries(operations)).toEqual({
    twinhub_c2d_twin_read_success_total: 1,
    'twinhub_c2d_twin_read_failure_total{code="DeviceNotFound"}': 1,
    twinhub_c2d_twin_read_size_bytes_count: 1,
    twinhub_c2d_twin_read_size_bytes_sum: twin.text.length,
    twinhub_c2d_twin_update_success_total: 1,
    'twinhub_c2d_twin_update_failure_total{code="ArgumentInvalid"}': 1,
    twinhub_c2d_twin_update_size_bytes_count: 1,
    twinhub_c2d_twin_update_size_bytes_sum: JSON.stringify(patch).length,
    twinhub_c2d_methods_success_total: 1,
    'twinhub_c2d_methods_failure_total{code="DeviceNotFound"}': 1,
    twinhub_c2d_methods_request_size_bytes_count: 1,
    twinhub_c2d_methods_request_size_bytes_sum: JSON.stringify(body).length,
    twinhub_c2d_methods_response_size_bytes_count: 1,
    twinhub_c2d_methods_response_size_bytes_sum: answer.text.length,
    twinhub_jobs_query_jobs_success_total: 1,
  });
  expect(numbers.get('twinhub_http_request_seconds_count{method="GET",route="/twins/:deviceId",status="404"}')).toBe(1);
});

it('Methods that nothing serves are one row for each path, whatever they are called.', async () => {
  await using hub = await openTestHub();

  for (const method of ['PUT', 'TRACE', 'PROPFIND']) await call(hub, { method, path: `/twins/lamp/methods${VERSION}` });
  for (const method of ['GET', 'PURGE']) await call(hub, { method, path: '/nothing/here' });

  const requests = [...(await numbersOf(hub))].filter(([name]) => name.startsWith('twinhub_http_request_seconds_count'));
  expect(Object.fromEntries(requests)).toEqual({
    'twinhub_http_request_seconds_count{method="other",route="/twins/:deviceId/methods",status="405"}': 3,
    'twinhub_http_request_seconds_count{method="other",route="none",status="404"}': 2,
  });
});

it('A body that comes in chunks counts as long as it is.', async () => {
  await using hub = await openTestHub();
  await hub.createDevice('lamp');
  const patch = { tags: { a: 1 } };

  await call(hub, { method: 'PATCH', path: `/twins/lamp${VERSION}`, body: patch, chunked: true });

  const numbers = await numbersOf(hub);
  expect(numbers.get('twinhub_c2d_twin_update_size_bytes_sum')).toBe(JSON.stringify(patch).length);
});

it('Digital twins count as the twins and direct methods that they are.', async () => {
  await using hub = await openTestHub();
  await hub.createDevice('lamp');

  await call(hub, { path: `/digitaltwins/lamp${VERSION}` });
  await call(hub, { method: 'PATCH', path: `/digitaltwins/lamp${VERSION}`, body: [{ op: 'add', path: '/level', value: 1 }] });
  await call(hub, { method: 'POST', path: `/digitaltwins/lamp/commands/c${VERSION}`, body: {} });
  await call(hub, { method: 'POST', path: `/digitaltwins/lamp/components/a/commands/c${VERSION}`, body: {} });

  const numbers = await numbersOf(hub);
  expect(numbers.get('twinhub_c2d_twin_read_success_total')).toBe(1);
  expect(numbers.get('twinhub_c2d_twin_update_success_total')).toBe(1);
  expect(numbers.get('twinhub_c2d_methods_failure_total{code="DeviceNotOnline"}')).toBe(2);
});

it('Operations of devices are counted, and so are their connects and telemetry.', async () => {
  await using hub = await openTestHub();
  const device = await hub.createDevice('lamp');
  await using stranger = await openMqttClient(hub);
  await sendConnect(stranger, connectPacket(device, { expirySeconds: 1 }));
  await using client = await connectDevice(hub, device);
  await client.subscribe(FILTERS.twinResponses);

  client.publish('$iothub/twin/GET/?$rid=1');
  await client.message('$iothub/twin/res/200');
  client.publish('$iothub/twin/PATCH/properties/reported/?$rid=2', '{"a":1}');
  await client.message('$iothub/twin/res/204');
  client.publish('$iothub/twin/PATCH/properties/reported/?$rid=3', '{"a":');
  await client.message('$iothub/twin/res/400');
  client.publish('devices/lamp/messages/events/', 'hello');
  await client.ping();

  const numbers = await numbersOf(hub);
  const seen = [...numbers].filter(([name, number]) => /_(d2c|mqtt|device)_/.test(name) && !name.includes('_bucket') && number > 0);
  expect(Object.fromEntries(seen)).toEqual({
    twinhub_d2c_twin_read_success_total: 1,
    twinhub_d2c_twin_update_success_total: 1,
    'twinhub_d2c_twin_update_failure_total{code="DeserializationError"}': 1,
    twinhub_d2c_twin_update_size_bytes_count: 2,
    twinhub_d2c_twin_update_size_bytes_sum: 12,
    twinhub_d2c_telemetry_ingress_success_total: 1,
    twinhub_d2c_telemetry_ingress_bytes_total: 5,
    'twinhub_mqtt_connects_total{code="5"}': 1,
    'twinhub_mqtt_connects_total{code="0"}': 1,
    twinhub_connected_device_count: 1,
    twinhub_total_device_count: 1,
  });
  expect(numbers.get('twinhub_store_commit_items_count{operation="applyTwinChanges"}')).toBe(1);
  expect(numbers.get('twinhub_store_call_seconds_count{operation="readTwin",outcome="success"}')).toBe(1);
});

it('Jobs are counted as they are created and as they end.', async () => {
  await using hub = await openTestHub();
  await hub.createDevice('lamp');
  const job = { type: 'scheduleUpdateTwin', queryCondition: '*', updateTwin: { etag: '*', tags: { a: 1 } } };
  const method = {
    type: 'scheduleDeviceMethod',
    queryCondition: '*',
    cloudToDeviceMethod: { methodName: 'm' },
  };
  const later = new Date(Date.now() + 3_600_000).toISOString();

  await call(hub, { method: 'PUT', path: `/jobs/v2/now${VERSION}`, body: { jobId: 'now', ...job } });
  await call(hub, { method: 'PUT', path: `/jobs/v2/now${VERSION}`, body: { jobId: 'now', ...job } });
  await call(hub, { method: 'PUT', path: `/jobs/v2/wrong${VERSION}`, body: { jobId: 'wrong', ...job, queryCondition: 'a = = 1' } });
  await call(hub, { method: 'PUT', path: `/jobs/v2/later${VERSION}`, body: { jobId: 'later', ...method, startTime: later } });
  await call(hub, { method: 'POST', path: `/jobs/v2/later/cancel${VERSION}` });
  await expect.poll(async () => (await numbersOf(hub)).get('twinhub_jobs_ended_total{status="completed"}')).toBe(1);
  await expect.poll(async () => (await numbersOf(hub)).get('twinhub_jobs_ended_total{status="failed"}')).toBe(1);

  const seen = [...(await numbersOf(hub))].filter(([name, number]) => name.startsWith('twinhub_jobs_') && number > 0);
  expect(Object.fromEntries(seen)).toEqual({
    twinhub_jobs_create_twin_update_job_success_total: 2,
    'twinhub_jobs_create_twin_update_job_failure_total{code="JobAlreadyExists"}': 1,
    twinhub_jobs_create_direct_method_job_success_total: 1,
    twinhub_jobs_cancel_job_success_total: 1,
    'twinhub_jobs_ended_total{status="completed"}': 1,
    'twinhub_jobs_ended_total{status="failed"}': 1,
    'twinhub_jobs_ended_total{status="cancelled"}': 1,
  });
});
