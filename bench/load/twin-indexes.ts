// Indexes on paths of twins, by REST: made and waited for, and dropped.
import { setTimeout as pause } from 'node:timers/promises';
import { HttpsCaller } from './https-caller.ts';
import type { HubUnderTest } from './hub.ts';

const POLL_MS = 100;

/** Resolves when queries use it. @throws Error when the hub refuses. */
export async function createIndex(hub: HubUnderTest, path: string): Promise<void> {
  using calls = await openCalls(hub, path);
  let state = await calls.stateAfter('PUT');
  while (state !== 'ready') {
    await pause(POLL_MS);
    state = await calls.stateAfter('GET');
  }
}

export async function dropIndex(hub: HubUnderTest, path: string): Promise<void> {
  using calls = await openCalls(hub, path);
  await calls.stateAfter('DELETE');
}

type IndexCalls = Disposable & { readonly stateAfter: (method: string) => Promise<string> };

async function openCalls(hub: HubUnderTest, index: string): Promise<IndexCalls> {
  const caller = await HttpsCaller.open(hub.endpoint, 1);
  const path = `/hub/indexes/${index}?api-version=2021-04-12`;
  return {
    async stateAfter(method) {
      const { status, body } = await caller.call({ method, path, authorization: hub.serviceToken() });
      if (status === 204) return 'dropped';
      if (status !== 200) throw new Error(`${method} ${path} was answered with ${status}: ${body}`);
      return (JSON.parse(body) as { readonly state: string }).state;
    },
    [Symbol.dispose]: () => caller[Symbol.dispose](),
  };
}
