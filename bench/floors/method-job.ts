// Floor of jobs: a PUBLISH to every device and its answer over mqtt-packet, and one durable row for each, on a thread of its own.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { type BareDevice, bareMqtt } from './bare-mqtt.ts';
import { bareHttps, listen } from './bare-servers.ts';

/** Rows in one commit, and calls under way. */
const GROUP = 500;
const WINDOW = 1000;

type Row = { readonly deviceId: string; readonly answer: string };

if (isMainThread) await drive();
else serve(String(workerData));

async function drive(): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: `${process.env['BENCH_FOLDER']}/floor-job.db` });
  const devices = new Map<string, BareDevice>();
  const answered = new Map<string, (answer: string) => void>();
  const https = bareHttps();
  let lastRid = 0;
  const call = (device: BareDevice): Promise<string> => {
    lastRid += 1;
    const rid = lastRid.toString(16);
    device.send({ cmd: 'publish', topic: `$iothub/methods/POST/reboot/?$rid=${rid}`, payload: 'null', qos: 0, dup: false, retain: false });
    return new Promise((resolve) => answered.set(rid, resolve));
  };
  https.post('/run', async () => {
    const left = devices.values();
    let rows: Row[] = [];
    const commits: Promise<unknown>[] = [];
    const commit = (): void => {
      worker.postMessage(rows);
      rows = [];
      commits.push(new Promise((resolve) => worker.once('message', resolve)));
    };
    const place = async (): Promise<void> => {
      for (const device of left) {
        rows.push({ deviceId: device.deviceId, answer: await call(device) });
        if (rows.length === GROUP) commit();
      }
    };
    await Promise.all(Array.from({ length: WINDOW }, place));
    if (rows.length > 0) commit();
    await Promise.all(commits);
    return { devices: devices.size };
  });
  const mqtt = bareMqtt(
    (device) => devices.set(device.deviceId, device),
    ({ topic, payload }) => {
      const rid = topic.slice(topic.indexOf('=') + 1);
      answered.get(rid)?.(payload.toString());
      answered.delete(rid);
    },
  );
  await listen({ https, mqtt });
}

function serve(path: string): void {
  const database = new Database(path);
  for (const pragma of ['journal_mode = wal', 'synchronous = full']) database.pragma(pragma);
  database.exec('create table outcomes (id integer primary key, device_id text not null, answer text not null)');
  const insert = database.prepare('insert into outcomes (device_id, answer) values (?, ?)');
  const commit = database.transaction((rows: readonly Row[]) => {
    for (const { deviceId, answer } of rows) insert.run(deviceId, answer);
  });
  parentPort?.on('message', (rows: readonly Row[]) => {
    commit(rows);
    parentPort?.postMessage('done');
  });
}
