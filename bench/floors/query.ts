// Floor of queries: a route on Fastify that verifies the token, runs SQL that was typed by hand, and sends the texts that the database gives.
import { constants, setPriority } from 'node:os';
import Database from 'better-sqlite3';
import pg from 'pg';
import { FIND_INDEX, HAND_TYPED, type HandTyped, withIndex } from '../load/hand-typed.ts';
import { bareHttps, listen, tokenCheck } from './bare-servers.ts';
import { documentOf, type Row } from './twin-document.ts';

const PAGE_ITEMS = 100;

type Run = (statement: HandTyped, values: readonly string[]) => Promise<readonly Row[]>;

const { BENCH_KEY = '', BENCH_DATABASE, BENCH_POSTGRES = '', BENCH_SCHEMA = '', BENCH_GIVES_WAY } = process.env;
// As the thread of searches of the hub (decision 44).
if (BENCH_GIVES_WAY !== undefined) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const isGood = tokenCheck(BENCH_KEY);
const run = BENCH_DATABASE === undefined ? onPostgres() : onSqlite(BENCH_DATABASE);

const https = bareHttps();
https.post<{ Params: { name: string }; Body: readonly string[] }>('/:name', async (request, reply) => {
  if (!isGood(request.headers.authorization)) return await reply.code(401).send();
  const statements: Readonly<Record<string, HandTyped>> = HAND_TYPED;
  const statement = statements[request.params.name];
  if (!statement) return await reply.code(404).send();
  const rows = (await run(statement, request.body)).slice(0, PAGE_ITEMS);
  const items = statement.asTwins ? rows.map((row) => documentOf(row, row)).join() : rows.map((row) => JSON.stringify(row)).join();
  return await reply.type('application/json; charset=utf-8').send(`[${items}]`);
});
await listen({ https });

/** With as much memory as a connection of the hub has. */
function onSqlite(path: string): Run {
  const database = new Database(path, { readonly: true });
  database.pragma('cache_size = -16384');
  const prepared = new Map<HandTyped, Database.Statement>();
  const prepare = ({ sql, index }: HandTyped): Database.Statement => {
    const found = index && (database.prepare(FIND_INDEX.sqlite).get(JSON.stringify(index)) as Row | undefined);
    return database.prepare(withIndex(sql.sqlite, found?.['number']));
  };
  return (statement, values) => {
    const known = prepared.get(statement) ?? prepare(statement);
    prepared.set(statement, known);
    return Promise.resolve(known.all(...values) as readonly Row[]);
  };
}

function onPostgres(): Run {
  const pool = new pg.Pool({
    connectionString: BENCH_POSTGRES,
    // The searches of the hub run without compiling, too.
    options: `-c search_path=${BENCH_SCHEMA} -c jit=off`,
    max: 2,
    // JSON stays text.
    types: { getTypeParser: () => (text: string) => text },
  });
  const texts = new Map<HandTyped, string>();
  const textOf = async ({ sql, index }: HandTyped): Promise<string> => {
    const found = index && (await pool.query<Row>(FIND_INDEX.postgres, [JSON.stringify(index)])).rows[0];
    return withIndex(sql.postgres, found?.['number']);
  };
  return async (statement, values) => {
    const text = texts.get(statement) ?? (await textOf(statement));
    texts.set(statement, text);
    const { rows } = await pool.query<Row>({ text, values: [...values] });
    return rows;
  };
}
