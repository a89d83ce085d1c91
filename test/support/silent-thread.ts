// A store thread that never answers, and ends only when it is closed.
import { parentPort } from 'node:worker_threads';
import type { Request } from '../../src/stores/sqlite/protocol.ts';

parentPort?.on('message', (request: Request) => {
  if (request.kind === 'close') parentPort?.close();
});
