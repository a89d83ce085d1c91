// A store thread: runs operations on one connection, in the order in which they were called.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { invariant } from '../../domain/errors.ts';
import { openDatabaseFile } from './database-file.ts';
import { type Connection, openForReading } from './driver.ts';
import { READ_OPERATIONS, WRITE_OPERATIONS } from './operations.ts';
import { type Call, type CallResult, type Request, resultOf, START_ID, type ThreadStart } from './protocol.ts';

/** Calls that wait together are answered together, and writes among them share a commit. The limit keeps the first from waiting long. */
const CALLS_PER_GROUP = 64;

type Service = { readonly run: (calls: readonly Call[]) => readonly CallResult[]; readonly close: () => void };

invariant(parentPort, 'a store thread is started by the store');
// The store starts its threads with nothing else.
serve(parentPort, workerData as ThreadStart);

function serve(port: MessagePort, start: ThreadStart): void {
  let service: Service | undefined;
  const started = resultOf(() => {
    service = start.role === 'writer' ? openWriter(start) : openReader(start);
  });
  port.postMessage([{ id: START_ID, result: started }]);
  if (!service) return;
  const { run, close } = service;
  port.on('message', (first: Request) => {
    const requests = [first, ...takeWaiting(port)];
    const calls = requests.filter((request) => request !== 'close');
    const results = run(calls);
    port.postMessage(calls.map(({ id }, index) => ({ id, result: results[index] })));
    if (calls.length === requests.length) return;
    close();
    port.close();
  });
}

function takeWaiting(port: MessagePort): readonly Request[] {
  const waiting: Request[] = [];
  while (waiting.length < CALLS_PER_GROUP - 1) {
    // The other end of the port sends requests only.
    const next = receiveMessageOnPort(port) as { readonly message: Request } | undefined;
    if (!next) break;
    waiting.push(next.message);
  }
  return waiting;
}

function openReader({ path }: Extract<ThreadStart, { role: 'reader' }>): Service {
  const connection = openForReading(path);
  return {
    run: (calls) => calls.map((call) => resultOf(() => connection.read((reader) => runOperation(READ_OPERATIONS, reader, call)))),
    close: () => connection.close(),
  };
}

function openWriter({ path, durability }: Extract<ThreadStart, { role: 'writer' }>): Service {
  const { connection, close } = openDatabaseFile(path, durability);
  return { run: (calls) => runWrites(connection, calls), close };
}

/** In one commit. When that fails each call gets its own, so that one that cannot succeed takes no other with it. */
function runWrites(connection: Connection, calls: readonly Call[]): readonly CallResult[] {
  if (calls.length > 1) {
    const results: CallResult[] = [];
    const group = resultOf(() =>
      connection.transaction((writer) => {
        for (const call of calls) results.push({ kind: 'done', value: runOperation(WRITE_OPERATIONS, writer, call) });
      }),
    );
    if (group.kind === 'done') return results;
  }
  return calls.map((call) => resultOf(() => connection.transaction((writer) => runOperation(WRITE_OPERATIONS, writer, call))));
}

type Operations<C> = Readonly<Record<string, (connection: C, argument: never) => unknown>>;

function runOperation<C>(operations: Operations<C>, connection: C, call: Call): unknown {
  const operation = operations[call.operation];
  invariant(operation, 'a call names an operation of its thread');
  // The caller's types are those of the same table.
  return operation(connection, call.argument as never);
}
