// Floor of a start: the same libraries are loaded, as many threads open the same database, both ports listen. No hub code.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import 'pino';
import 'prom-client';
import 'commander';
import 'ws';
import { bareHttps, bareMqtt, listen } from './bare-servers.ts';

/** One writer and two readers, as a hub has. */
const THREADS = 3;

if (isMainThread) {
  const workers = Array.from({ length: THREADS }, () => new Worker(new URL(import.meta.url), { workerData: process.env['BENCH_FOLDER'] }));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  await listen({
    https: bareHttps(),
    mqtt: bareMqtt(
      () => undefined,
      () => undefined,
    ),
  });
} else {
  new Database(`${String(workerData)}/floor-start.db`).pragma('journal_mode = wal');
  parentPort?.postMessage('ready');
  parentPort?.on('message', () => undefined);
}
