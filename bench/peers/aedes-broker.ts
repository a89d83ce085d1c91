// Aedes as a broker over TLS, with nothing but what it comes with.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { Aedes } from 'aedes';

const folder = process.env['BENCH_FOLDER'] ?? '';
const broker = await Aedes.createBroker();
const tls = { cert: readFileSync(join(folder, 'server.pem')), key: readFileSync(join(folder, 'server-key.pem')), noDelay: true };
const server = createServer(tls, broker.handle);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.resolve('aedes')), 'utf8')) as { version: string };
  console.log(`broker ready ${version} ${typeof address === 'object' && address !== null ? address.port : 0}`);
});
