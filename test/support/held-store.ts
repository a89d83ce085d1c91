// Another program that holds the store of a hub, so that nothing can be written.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** SQLite's locks are those of a process, so this one cannot hold its own store against itself. */
const HOLD = `
  const { DatabaseSync } = require('node:sqlite');
  new DatabaseSync(process.argv[1]).exec('begin immediate');
  console.log('held');
  process.stdin.on('end', () => process.exit()).resume();
`;

/** Lets go when disposed of. */
export async function holdStore(dataDir: string): Promise<AsyncDisposable> {
  const holder = spawn(process.execPath, ['-e', HOLD, join(dataDir, 'twinhub.db')], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(holder.stdout, 'data');
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      holder.stdin.end();
      await once(holder, 'exit');
    },
  };
}
