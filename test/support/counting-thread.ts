// A store thread that answers each call with the number of calls that it was given at once.
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { Reply, Request } from '../../src/stores/sqlite/protocol.ts';

parentPort?.on('message', (first: Request) => {
  const requests = [first];
  for (let next = nextRequest(); next; next = nextRequest()) requests.push(next);
  const calls = requests.filter((request) => request.kind === 'call');
  parentPort?.postMessage(calls.map(({ id }): Reply => ({ id, result: { kind: 'done', value: calls.length } })));
  if (calls.length < requests.length) parentPort?.close();
});

function nextRequest(): Request | undefined {
  const received: { readonly message: Request } | undefined = parentPort ? receiveMessageOnPort(parentPort) : undefined;
  return received?.message;
}
