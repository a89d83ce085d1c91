// The PostgreSQL server of a bench: one of its own that keeps what it was told, as a server does that people trust.
import { totalmem } from 'node:os';
import pg from 'pg';
import { hasPostgres, startPostgres } from '../../test/support/postgres-server.ts';
import { deviceIdOf } from './device-ids.ts';
import type { OwnValues } from './filled-store.ts';

/** `storeUrl`: `url` and `schema` as option --store takes them; `emptySchema`: another one. Both schemas go with it. */
type BenchPostgres = AsyncDisposable & {
  readonly url: string;
  readonly schema: string;
  readonly storeUrl: string;
  readonly emptySchema: string;
  readonly emptyStoreUrl: string;
};

let schemas = 0;

/** A quarter of the machine's memory, with which its manual has one begin. */
const BUFFERS_MIB = Math.floor(totalmem() / 4 / 1024 ** 2);

/** Durable as by default, and checkpoints that a bench does not wait for. */
const SETTINGS = [`shared_buffers=${BUFFERS_MIB}MB`, 'max_wal_size=4GB', 'checkpoint_timeout=30min', 'max_connections=100'];

/** Rows in one statement. */
const CHUNK = 100_000;

/** A sentence instead of a server says why there is none. */
export async function startBenchPostgres(): Promise<BenchPostgres | string> {
  if (!hasPostgres()) return 'PostgreSQL is not installed here, and what needs it is left out; on Debian the package postgresql has it.';
  const server = await startPostgres(SETTINGS);
  const { url } = server;
  schemas += 1;
  const schema = `twinhub_bench_${process.pid}_${schemas}`;
  const emptySchema = `${schema}_empty`;
  return {
    url,
    schema,
    emptySchema,
    storeUrl: storeUrl(url, schema),
    emptyStoreUrl: storeUrl(url, emptySchema),
    async [Symbol.asyncDispose](): Promise<void> {
      // The server may be one that others use.
      await withClient({ url, schema }, (client) => client.query(`drop schema if exists ${schema}, ${emptySchema} cascade`));
      await server.stop();
    },
  };
}

function storeUrl(url: string, schema: string): string {
  const both = new URL(url);
  both.searchParams.set('schema', schema);
  return both.href;
}

type Place = Pick<BenchPostgres, 'url' | 'schema'>;

/** As `copyFirstDevice`. @param place where a hub has run. */
export function copyFirstDeviceInPostgres(place: Place, devices: number, own: OwnValues = {}): Promise<void> {
  return withClient(place, async (client) => {
    for (let from = 1; from < devices; from += CHUNK) {
      const to = Math.min(from + CHUNK, devices) - 1;
      await client.query(await copyStatement(client, 'devices', {}), [from, to, deviceIdOf(0)]);
      await client.query(await copyStatement(client, 'twins', own), [from, to, deviceIdOf(0)]);
    }
    // As its daemon does by and by.
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  });
}

async function withClient(place: Place, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const { url, schema } = place;
  const client = new pg.Client({ connectionString: url, options: `-c search_path=${schema} -c synchronous_commit=off` });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

async function copyStatement(client: pg.Client, table: string, own: OwnValues): Promise<string> {
  const { rows } = await client.query<{ readonly name: string }>(
    `select column_name as name
     from information_schema.columns
     where table_schema = current_schema() and table_name = $1`,
    [table],
  );
  const others: OwnValues = { device_id: `'device-' || lpad(number::text, 7, '0')`, ...own };
  const columns = rows.map(({ name }) => name);
  const values = columns.map((column) => others[column] ?? `seed.${column}`);
  return `insert into ${table} (${columns.join(', ')})
    select ${values.join(', ')}
    from generate_series($1::integer, $2::integer) as numbers (number), ${table} as seed
    where seed.device_id = $3
    order by number`;
}
