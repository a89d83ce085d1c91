// Floor of a start: the libraries of the hub are loaded, as many threads open the same database, both ports listen. No hub code.
import { createServer } from 'node:tls';
import { Worker } from 'node:worker_threads';
import 'pino';
import 'prom-client';
import 'cli-progress';
import 'cli-table3';
import 'commander';
import 'ws';
import { bareHttps, listen, TLS } from './bare-servers.ts';

/** One writer and two readers, as a hub has. */
const THREADS = 3;

// A program of their own, since a thread of the hub loads none of the libraries either.
const program = new URL('start-thread.ts', import.meta.url);
const workers = Array.from({ length: THREADS }, () => new Worker(program, { workerData: process.env['BENCH_FOLDER'] }));
await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
await listen({ https: bareHttps(), mqtt: createServer(TLS) });
