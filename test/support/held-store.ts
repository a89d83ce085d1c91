// Another program that holds the store of a hub, so that nothing can be written.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseStore } from '../../src/config/option-values.ts';
import { Database } from '../../src/stores/postgres/database.ts';
import type { PostgresPlace } from '../../src/stores/postgres/driver.ts';
import { storeOfTests } from './test-store.ts';

/** SQLite's locks are those of a process, so this one cannot hold its own store against itself. */
const HOLD = `
  const { DatabaseSync } = require('node:sqlite');
  new DatabaseSync(process.argv[1]).exec('begin immediate');
  console.log('held');
  process.stdin.on('end', () => process.exit()).resume();
`;

/** Lets go when disposed of. */
export function holdStore(dataDir: string): Promise<AsyncDisposable> {
  const store = parseStore(storeOfTests(dataDir) ?? `sqlite:${join(dataDir, 'twinhub.db')}`);
  if (store.kind === 'postgres') return holdTables(store);
  return holdFile(join(dataDir, 'twinhub.db'));
}

/** Lets others read. */
async function holdTables(place: PostgresPlace): Promise<AsyncDisposable> {
  const database = new Database(place);
  const locked = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const holding = database.transaction(async (writer) => {
    await writer.runScript('lock table schema_version, devices, twins in exclusive mode');
    locked.resolve();
    await done.promise;
  });
  await locked.promise;
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      done.resolve();
      await holding;
      await database.close();
    },
  };
}

async function holdFile(path: string): Promise<AsyncDisposable> {
  const holder = spawn(process.execPath, ['-e', HOLD, path], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(holder.stdout, 'data');
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      holder.stdin.end();
      await once(holder, 'exit');
    },
  };
}
