// Floor of twin reads: a route on Fastify that verifies the token and sends the row that a prepared statement reads.
import Database from 'better-sqlite3';
import { bareHttps, listen, tokenCheck } from './bare-servers.ts';

const isGood = tokenCheck(process.env['BENCH_KEY'] ?? '');
const database = new Database(process.env['BENCH_DATABASE'] ?? '', { readonly: true });
const device = database.prepare('select * from devices where device_id = ?');
const twin = database.prepare(
  `select etag_counter, version, json(tags) as tags, json(desired) as desired, json(desired_metadata) as desired_metadata, desired_version,
     json(reported) as reported, json(reported_metadata) as reported_metadata, reported_version
   from twins
   where device_id = ? and module_id = ''`,
);

type Row = Readonly<Record<string, string | number | null>>;

/** As long as the document that a hub sends; values that are no matter of either table are constants. */
function documentOf(identity: Row, sections: Row): string {
  const text = (column: string): string => JSON.stringify(identity[column]);
  const section = (name: string): string => {
    const properties = `${sections[name]}`;
    const open = properties === '{}' ? '{' : `${properties.slice(0, -1)},`;
    return `${open}"$metadata":${sections[`${name}_metadata`]},"$version":${sections[`${name}_version`]}}`;
  };
  return `{"deviceId":${text('device_id')},"etag":"AAAAAAAAAAI=","deviceEtag":${text('etag')},"status":${text('status')},"statusUpdateTime":${text('status_updated_time')},"capabilities":{"iotEdge":false},"connectionState":${text('connection_state')},"lastActivityTime":${text('last_activity_time')},"cloudToDeviceMessageCount":0,"authenticationType":${text('authentication_type')},"x509Thumbprint":{"PrimaryThumbprint":null,"SecondaryThumbprint":null},"version":${sections['version']},"tags":${sections['tags']},"properties":{"desired":${section('desired')},"reported":${section('reported')}}}`;
}

const https = bareHttps();
https.get<{ Params: { id: string } }>('/twins/:id', (request, reply) => {
  if (!isGood(request.headers.authorization)) return reply.code(401).send();
  const [identity, sections] = [device.get(request.params.id) as Row, twin.get(request.params.id) as Row];
  return reply.type('application/json; charset=utf-8').send(documentOf(identity, sections));
});
await listen({ https });
