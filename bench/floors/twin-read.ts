// Floor of twin reads: a route on Fastify that verifies the token and sends the row that a prepared statement reads.
import Database from 'better-sqlite3';
import { bareHttps, listen, tokenCheck } from './bare-servers.ts';
import { documentOf, type Row } from './twin-document.ts';

const isGood = tokenCheck(process.env['BENCH_KEY'] ?? '');
const database = new Database(process.env['BENCH_DATABASE'] ?? '', { readonly: true });
const device = database.prepare('select * from devices where device_id = ?');
const twin = database.prepare(
  `select etag_counter, version, json(tags) as tags, json(desired) as desired, json(desired_metadata) as desired_metadata, desired_version,
     json(reported) as reported, json(reported_metadata) as reported_metadata, reported_version
   from twins
   where device_id = ? and module_id = ''`,
);

const https = bareHttps();
https.get<{ Params: { id: string } }>('/twins/:id', (request, reply) => {
  if (!isGood(request.headers.authorization)) return reply.code(401).send();
  const [identity, sections] = [device.get(request.params.id) as Row, twin.get(request.params.id) as Row];
  return reply.type('application/json; charset=utf-8').send(documentOf(identity, sections));
});
await listen({ https });
