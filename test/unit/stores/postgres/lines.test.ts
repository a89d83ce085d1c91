// Goal: prove which lines are cut at the end of a store. Method: a server that never says anything.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Lines } from '../../../../src/stores/postgres/lines.ts';

const SILENCE_MS = 20;

/** Connected lines, each with a client. */
async function open(lines: Lines, count: number): Promise<readonly { readonly line: Socket; readonly client: object }[]> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const opened = Array.from({ length: count }, () => ({ line: lines.newLine(), client: {} }));
  onTestFinished(() => {
    for (const { line } of opened) line.destroy();
    server.close();
  });
  for (const { line, client } of opened) {
    lines.name(line, client);
    await once(line.connect(port, '127.0.0.1'), 'connect');
  }
  return opened;
}

test('A line on which somebody waits is cut, and one on which nobody does is not.', async () => {
  const lines = new Lines();
  const [resting, waiting] = await open(lines, 2);
  if (!resting || !waiting) throw new Error('There are two.');
  lines.rest(resting.client);

  lines.cutSilent(SILENCE_MS);
  await once(waiting.line, 'close');

  expect([resting.line.destroyed, lines.cut]).toEqual([false, true]);
});

test('A line that is taken up again, or given back, after the end began counts as what it is then.', async () => {
  const lines = new Lines();
  const [woken, rested] = await open(lines, 2);
  if (!woken || !rested) throw new Error('There are two.');
  lines.rest(woken.client);
  lines.cutSilent(SILENCE_MS);

  lines.rest(rested.client);
  lines.wake(woken.client);
  await once(woken.line, 'close');

  expect(rested.line.destroyed).toBe(false);
});

test('At the very end every line is cut, since the server owes a goodbye.', async () => {
  const lines = new Lines();
  const [resting] = await open(lines, 1);
  if (!resting) throw new Error('There is one.');
  lines.rest(resting.client);
  lines.cutSilent(SILENCE_MS);

  lines.wakeAll();
  await once(resting.line, 'close');

  expect(lines.cut).toBe(true);
});

test('Of a store that only has lines on which nobody waits, none was silent for too long.', async () => {
  const lines = new Lines();
  const [resting] = await open(lines, 1);
  const others = new Lines();
  const [other] = await open(others, 1);
  if (!resting || !other) throw new Error('There is one of each.');
  lines.rest(resting.client);

  lines.cutSilent(SILENCE_MS);
  others.cutSilent(SILENCE_MS);
  await once(other.line, 'close');

  expect(lines.cut).toBe(false);
});
