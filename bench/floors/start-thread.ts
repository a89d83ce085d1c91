// A thread of the floor of a start: opens the database and waits.
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

new Database(`${String(workerData)}/floor-start.db`).pragma('journal_mode = wal');
parentPort?.postMessage('ready');
parentPort?.on('message', () => undefined);
