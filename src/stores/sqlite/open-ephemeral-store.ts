// A SQLite store that nobody keeps: the same files in a private temporary folder, which goes with the store or with the process.
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stores } from '../../ports/stores.ts';
import { openSqliteStore } from './open-sqlite-store.ts';
import type { ThreadsOptions } from './threads.ts';

/** Folders of open stores, removed at the latest when the process exits. */
const folders = new Set<string>();

/** Nothing is forced to the disk. @throws HubError as `openSqliteStore`. */
export async function openEphemeralStore(options: Pick<ThreadsOptions, 'readers' | 'stopwatch' | 'onFault'> = {}): Promise<Stores> {
  const folder = await makeFolder();
  try {
    const stores = await openSqliteStore({ ...options, path: join(folder, 'hub.db'), durability: 'none' });
    return {
      ...stores,
      async close(): Promise<void> {
        await stores.close();
        await removeFolder(folder);
      },
    };
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

async function makeFolder(): Promise<string> {
  // Made with mode 0700.
  const folder = await mkdtemp(join(tmpdir(), 'twinhub-'));
  if (folders.size === 0) process.on('exit', removeFolders);
  folders.add(folder);
  return folder;
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off('exit', removeFolders);
}

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
