// A PostgreSQL server for tests, from the binaries of this machine, or one that the environment names.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** `url`: of a database whose user may create schemas. */
export type PostgresServer = { readonly url: string; stop(): Promise<void> };

/** Holds the URL of a database whose user may create schemas. */
export const GIVEN_URL = 'TWINHUB_TEST_POSTGRES';

/** Whatever is written here is thrown away, so nothing has to survive a loss of power, and nothing has to be vacuumed. */
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'autovacuum=off',
  'max_connections=300',
  'shared_buffers=64MB',
];

/** Whether there are binaries to start a server from, or one that runs. */
export function hasPostgres(): boolean {
  return process.env[GIVEN_URL] !== undefined || binaries() !== undefined;
}

/**
 * The server that the environment names, which `stop` leaves running, or one of its own that listens on a socket in its own folder.
 * @param settings of its own one, as `name=value`.
 */
export async function startPostgres(settings: readonly string[] = SETTINGS): Promise<PostgresServer> {
  const given = process.env[GIVEN_URL];
  if (given !== undefined) return { url: given, stop: () => Promise.resolve() };
  const bin = binaries();
  if (bin === undefined) throw new Error('There is no PostgreSQL in /usr/lib/postgresql or on the PATH. Install the package postgresql.');
  const folder = await mkdtemp(join(tmpdir(), 'twinhub-pg-'));
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'twinhub', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    user,
  );
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-k', folder, ...['listen_addresses=', ...settings].flatMap((setting) => ['-c', setting])],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...user,
    },
  );
  const exited = once(server, 'exit');
  await readyToAccept(server.stderr);
  const kill = (): boolean => server.kill('SIGQUIT');
  // A process that ends before its suites leaves no server behind, and no folder, which may be large.
  const killAndRemove = (): void => {
    kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  process.once('exit', killAndRemove);
  return {
    url: `postgres://twinhub@localhost/postgres?host=${encodeURIComponent(folder)}`,
    async stop(): Promise<void> {
      process.off('exit', killAndRemove);
      kill();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

/** The folder with the newest `initdb`. */
function binaries(): string | undefined {
  const debian = globSync('/usr/lib/postgresql/*/bin').toSorted((one, other) => versionIn(other) - versionIn(one));
  return [...debian, ...(process.env['PATH'] ?? '').split(delimiter)].find((folder) => existsSync(join(folder, 'initdb')));
}

function versionIn(folder: string): number {
  return Number(/\d+/.exec(folder)?.[0] ?? 0);
}

function run(command: string, args: readonly string[], user: { readonly uid: number; readonly gid: number } | undefined): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...user });
  if (status !== 0) throw new Error(`${command} failed: ${stdout}${stderr}`);
}

/** Goes on reading what the server says, so that it never waits for a reader. */
function readyToAccept(stderr: NodeJS.ReadableStream): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    stderr.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (text.includes('ready to accept connections')) resolve();
    });
    stderr.on('end', () => reject(new Error(`PostgreSQL did not start: ${text}`)));
  });
}
