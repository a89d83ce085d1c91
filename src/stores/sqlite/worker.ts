// A store thread: runs operations on one connection, in the order in which they were called.
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { invariant } from '../../domain/errors.ts';
import { openDatabaseFile } from './database-file.ts';
import { type Connection, openForReading, type Reader, type Writer } from './driver.ts';
import { READ_OPERATIONS, RELAXED_OPERATIONS, WRITE_OPERATIONS } from './operations.ts';
import { type Call, type Reply, type Request, resultOf, type ThreadRole } from './protocol.ts';
import { QUERY_FUNCTIONS } from './query-functions.ts';
import { giveWay } from './thread-priority.ts';

/** Calls that wait together are answered together, and writes among them share a commit. The limit keeps the first from waiting long. */
const CALLS_PER_GROUP = 64;

type Service = { readonly answer: (calls: readonly Call[]) => readonly Reply[]; readonly close: () => void };

invariant(parentPort, 'a store thread is started by the store');
serve(parentPort);

function serve(port: MessagePort): void {
  let service: Service | undefined;
  port.on('message', (first: Request) => {
    if (first.kind === 'open') {
      const result = resultOf(() => {
        service = first.role.kind === 'writer' ? openWriter(first.role) : openReader(first.role);
      });
      port.postMessage([{ id: first.id, result }]);
      return;
    }
    const requests = [first, ...takeWaiting(port)];
    const calls = requests.filter((request) => request.kind === 'call');
    port.postMessage(service?.answer(calls) ?? []);
    if (calls.length === requests.length) return;
    service?.close();
    port.close();
  });
}

function takeWaiting(port: MessagePort): readonly Request[] {
  const waiting: Request[] = [];
  while (waiting.length < CALLS_PER_GROUP - 1) {
    // The other end of the port sends requests only.
    const next: { readonly message: Request } | undefined = receiveMessageOnPort(port);
    if (!next) break;
    waiting.push(next.message);
  }
  return waiting;
}

function openReader({ path, patient }: Extract<ThreadRole, { kind: 'reader' }>): Service {
  if (patient) giveWay();
  const connection = openForReading(path, { functions: QUERY_FUNCTIONS });
  const answerOne = (call: Call): Reply => ({
    id: call.id,
    result: resultOf(() => connection.read((reader) => runOperation(READ_OPERATIONS, reader, call))),
  });
  return { answer: (calls) => calls.map(answerOne), close: () => connection.close() };
}

function openWriter({ path, durability }: Extract<ThreadRole, { kind: 'writer' }>): Service {
  const { connection, close } = openDatabaseFile(path, durability);
  for (const sqlFunction of QUERY_FUNCTIONS) connection.define(sqlFunction);
  return { answer: (calls) => answerWrites(connection, calls), close };
}

/** In one commit. When that fails each call gets its own, so that one that cannot succeed takes no other with it. */
function answerWrites(connection: Connection, calls: readonly Call[]): readonly Reply[] {
  const answerOne = (call: Call): Reply => ({
    id: call.id,
    result: resultOf(() => transaction(connection, [call], (writer) => runOperation(WRITE_OPERATIONS, writer, call))),
  });
  if (calls.length === 1) return calls.map(answerOne);
  const values = resultOf(() =>
    transaction(connection, calls, (writer) => calls.map((call) => runOperation(WRITE_OPERATIONS, writer, call))),
  );
  if (values.kind !== 'done') return calls.map(answerOne);
  return calls.map(({ id }, index) => ({ id, result: { kind: 'done', value: values.value[index] } }));
}

function transaction<Result>(connection: Connection, calls: readonly Call[], operation: (writer: Writer) => Result): Result {
  // Nothing but this thread writes, so what it looks at stays until the transaction begins.
  const isRelaxed = connection.read((reader) => calls.every((call) => mayBeLost(reader, call)));
  return isRelaxed ? connection.relaxedTransaction(operation) : connection.transaction(operation);
}

function mayBeLost(reader: Reader, { operation, argument }: Call): boolean {
  // As in `runOperation`.
  return RELAXED_OPERATIONS[operation]?.(reader, argument as never) ?? false;
}

type Operations<C> = Readonly<Record<string, (connection: C, argument: never) => unknown>>;

function runOperation<C>(operations: Operations<C>, connection: C, call: Call): unknown {
  const operation = operations[call.operation];
  invariant(operation, 'a call names an operation of its thread');
  // The caller's types come from the same table.
  return operation(connection, call.argument as never);
}
