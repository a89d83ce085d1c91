// Queries whose clients do not wait for the answer. Method: a store that finds nothing until it is told to stop, and TLS connections cut off.
import { expect, test } from 'vitest';
import type { QueryStore } from '../../../src/ports/query-store.ts';
import { createLog } from '../../../src/system/log.ts';
import { openStoreOfTests } from '../../support/test-store.ts';
import { openGateway, rawRequest, statusesIn } from './open-gateway.ts';

const BODY = JSON.stringify({ query: 'SELECT * FROM devices' });
const COUNT = JSON.stringify({ query: 'SELECT COUNT() AS n FROM devices' });

test('A query ends when its client goes away, and no later one on a connection that stays.', async () => {
  const stores = await openStoreOfTests();
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<unknown>();
  const signals: AbortSignal[] = [];
  const queries: QueryStore = {
    ...stores.queries,
    queryTwinDocuments: (_from, _query, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended.resolve(signal.reason);
          reject(signal.reason as Error);
        });
        begun.resolve();
      }),
    queryGroups: (query, signal) => {
      signals.push(signal);
      return stores.queries.queryGroups(query, signal);
    },
  };
  await using open = await openGateway(createLog({ level: 'silent' }), { ...stores, queries });
  const [going, staying] = [await open.connect(), await open.connect()];

  going.send(queryWith(BODY, open.token));
  await begun.promise;
  staying.send(queryWith(COUNT, open.token));
  await staying.untilAnswers(1);
  going.socket.destroy();
  const reason = await ended.promise;
  staying.send(queryWith(COUNT, open.token));

  expect(statusesIn(await staying.untilAnswers(2))).toEqual([200, 200]);
  expect(reason).toMatchObject({ message: 'The client has closed its connection.' });
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  staying.socket.destroy();
});

function queryWith(body: string, authorization: string): string {
  const headers = { authorization, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return rawRequest('POST /devices/query?api-version=2021-04-12 HTTP/1.1', headers, body);
}
