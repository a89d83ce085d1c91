// How many files and connections this process and those that it starts may have open at once.
import { readFileSync } from 'node:fs';
import { UsageError } from '../usage-error.ts';

/** What a process needs beside the connections that are measured. */
const OTHERS = 300;

/** Node.js has raised the soft limit to the hard one before. @throws UsageError with the way out when so many connections are not allowed. */
export function expectRoomFor(connections: number): void {
  const limit = openFileLimit();
  if (limit >= connections + OTHERS) return;
  throw new UsageError(
    `A process may have ${limit} files open here (\`ulimit -Hn\`), and ${connections} connections take ${connections + OTHERS}. Raise the limit, or take fewer with --devices.`,
  );
}

function openFileLimit(): number {
  const soft = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}
