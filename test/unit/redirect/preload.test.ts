// Goal: an app's connections reach the hub on other ports, whichever way they are opened, and all other connections stay as they are.
// Method: real servers on free ports stand in for the hub, real clients in this process and in child processes connect to mapped ports.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { get as httpGet, createServer as createHttpServer, Agent } from 'node:http';
import { connect, createServer, Socket, type AddressInfo, type Server, type TcpNetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificates } from '../../../src/certificates/server-certificate.ts';
import { install } from '../../../src/redirect/preload.cjs';
import { systemClock } from '../../../src/system/system-clock.ts';

const PRELOAD = fileURLToPath(new URL('../../../src/redirect/preload.cjs', import.meta.url));
const run = promisify(execFile);

let cleanUp: AsyncDisposableStack;
/** The server that stands in for a hub; it says `hub` to whoever connects. */
let hubPort: number;

beforeEach(async () => {
  cleanUp = new AsyncDisposableStack();
  hubPort = await listen(createServer((socket) => socket.end('hub')));
});
afterEach(async () => {
  await cleanUp.disposeAsync();
});

async function listen(
  server: Server,
  where: { port: number; host: string } | { path: string } = { port: 0, host: '127.0.0.1' },
): Promise<number> {
  await once(server.listen(where), 'listening');
  cleanUp.defer(() => void server.close());
  const address = server.address() as AddressInfo | string;
  return typeof address === 'string' ? 0 : address.port;
}

function redirect(hosts: readonly string[], ports: Readonly<Record<string, number>>): void {
  cleanUp.defer(install({ hosts, ports }));
}

describe('a connection to a mapped port', () => {
  /** Nobody listens on port 1, so that only a redirected connection gets an answer. */
  const MAPPED = 1;

  it.each<readonly [string, () => Socket]>([
    ['net.connect(options)', () => connect({ host: 'localhost', port: MAPPED })],
    [
      'net.connect(options) with the port as text',
      () => connect({ host: 'localhost', port: String(MAPPED) } as unknown as TcpNetConnectOpts),
    ],
    ['net.connect(options) without a host', () => connect({ port: MAPPED })],
    ['net.connect(options, listener)', () => connect({ host: 'localhost', port: MAPPED }, () => undefined)],
    ['net.connect(port)', () => connect(MAPPED)],
    ['net.connect(port, host)', () => connect(MAPPED, 'localhost')],
    ['socket.connect(port, listener)', () => new Socket().connect(MAPPED, () => undefined)],
    ['net.connect(port, host, listener)', () => connect(MAPPED, 'localhost', () => undefined)],
    ['socket.connect(options)', () => new Socket().connect({ host: 'localhost', port: MAPPED })],
    ['socket.connect(port, host)', () => new Socket().connect(MAPPED, 'localhost')],
    ['a host in other letters', () => connect(MAPPED, 'LocalHost')],
  ])('is led to the hub: %s', async (_, open) => {
    redirect(['LOCALHOST'], { [MAPPED]: hubPort });

    const answer = await readText(open());

    expect(answer).toBe('hub');
  });

  it('calls the listener it was given', async () => {
    redirect(['localhost'], { [MAPPED]: hubPort });

    const connected = Promise.withResolvers<string>();
    const socket = connect(MAPPED, 'localhost', () => connected.resolve('connected'));

    expect(await connected.promise).toBe('connected');
    expect(await readText(socket)).toBe('hub');
  });

  it('keeps the other options, also those that are inherited', async () => {
    const names: string[] = [];
    const lookup: TcpNetConnectOpts['lookup'] = (name, _options, callback) => {
      names.push(name);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    redirect(['hub.invalid'], { [MAPPED]: hubPort });

    const answer = await readText(connect(Object.create({ host: 'hub.invalid', port: MAPPED, lookup }) as TcpNetConnectOpts));

    expect(answer).toBe('hub');
    expect(names).toEqual(['hub.invalid']);
  });

  it('leaves the options of the app as they were', async () => {
    redirect(['localhost'], { [MAPPED]: hubPort });
    const options = Object.freeze({ host: 'localhost', port: MAPPED });

    await readText(connect(options));

    expect(options.port).toBe(MAPPED);
  });

  it('keeps SNI and the check of the certificate over TLS', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
    cleanUp.defer(() => rm(directory, { recursive: true }));
    const { certPem, keyPem, caPem } = await ensureCertificates({ directory, hostNames: ['localhost'], clock: systemClock });
    const names: string[] = [];
    const port = await listen(
      createTlsServer({ cert: certPem, key: keyPem, SNICallback: (name, done) => (names.push(name), done(null)) }, (socket) =>
        socket.end('tls'),
      ),
    );
    redirect(['localhost'], { [MAPPED]: port });

    const answer = await readText(connectTls({ host: 'localhost', port: MAPPED, ca: caPem, servername: 'localhost' }));

    expect(answer).toBe('tls');
    expect(names).toEqual(['localhost']);
  });

  it('keeps the Host header, and its place in the pool of a keep-alive agent', async () => {
    const hosts: (string | undefined)[] = [];
    const sockets = new Set<Socket>();
    const server = createHttpServer((request, response) => {
      hosts.push(request.headers.host);
      sockets.add(request.socket);
      response.end('http');
    });
    redirect(['localhost'], { [MAPPED]: await listen(server) });
    const agent = new Agent({ keepAlive: true });
    cleanUp.defer(() => agent.destroy());

    for (let call = 0; call < 2; call++) {
      const [response] = await once(httpGet({ host: 'localhost', port: MAPPED, agent }), 'response');
      expect(await readText(response)).toBe('http');
    }

    expect(hosts).toEqual([`localhost:${MAPPED}`, `localhost:${MAPPED}`]);
    expect(sockets.size).toBe(1);
  });
});

describe('any other connection', () => {
  let otherPort: number;
  beforeEach(async () => {
    otherPort = await listen(createServer((socket) => socket.end('other')));
  });

  it.each<readonly [string, (port: number) => Socket]>([
    ['to another host', (port) => connect(port, '127.0.0.1')],
    ['to another host, by options', (port) => connect({ port, host: '127.0.0.1' })],
    ['to another host, over a socket of its own', (port) => new Socket().connect(port, '127.0.0.1')],
  ])('stays as it is: %s', async (_, open) => {
    redirect(['localhost'], { [otherPort]: hubPort });

    expect(await readText(open(otherPort))).toBe('other');
  });

  it('stays as it is: to another port', async () => {
    redirect(['localhost', '127.0.0.1'], { 1: hubPort });

    expect(await readText(connect(otherPort, '127.0.0.1'))).toBe('other');
  });

  it.each<readonly [string, (path: string) => Socket]>([
    ['by path', (path) => connect(path)],
    ['by options', (path) => connect({ path })],
    ['by options with a port that does not count', (path) => connect({ path, port: 1, host: 'localhost' } as { path: string })],
  ])('stays as it is: to a Unix socket, %s', async (_, open) => {
    const directory = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
    cleanUp.defer(() => rm(directory, { recursive: true }));
    const path = join(directory, 'socket');
    await listen(
      createServer((socket) => socket.end('unix')),
      { path },
    );
    redirect(['localhost'], { 1: hubPort, NaN: hubPort });

    expect(await readText(open(path))).toBe('unix');
  });
});

describe('several redirections', () => {
  it('hold beside each other, each until it is ended', async () => {
    const secondPort = await listen(createServer((socket) => socket.end('second')));
    const endFirst = install({ hosts: ['localhost'], ports: { 1: hubPort } });
    const endSecond = install({ hosts: ['localhost', '127.0.0.1'], ports: { 1: secondPort } });

    expect(await readText(connect(1, 'localhost'))).toBe('hub');
    expect(await readText(connect(1, '127.0.0.1'))).toBe('second');
    endFirst();
    endFirst();
    expect(await readText(connect(1, 'localhost'))).toBe('second');
    endSecond();

    await expect(readText(connect(1, 'localhost'))).rejects.toThrow('ECONNREFUSED');
  });
});

describe('as a preload', () => {
  const CLIENT = `require('net').connect(1, 'localhost').on('data', (text) => console.log(String(text))).on('error', (e) => console.log(e.code ?? e.errors[0].code))`;

  it('does what the environment says, also in the processes that the app starts', async () => {
    const env = {
      PATH: process.env['PATH'],
      NODE_OPTIONS: `--require "${PRELOAD}"`,
      TWINHUB_REDIRECT: JSON.stringify({ hosts: ['localhost'], ports: { 1: hubPort } }),
    };
    const parent = `console.log(require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(CLIENT)}]).toString().trim())`;

    expect((await run(process.execPath, ['-e', CLIENT], { env })).stdout).toBe('hub\n');
    expect((await run(process.execPath, ['-e', parent], { env })).stdout).toBe('hub\n');
  });

  it('changes nothing without the environment', async () => {
    const { stdout } = await run(process.execPath, ['--require', PRELOAD, '-e', CLIENT], { env: { PATH: process.env['PATH'] } });

    expect(stdout).toBe('ECONNREFUSED\n');
  });

  it('is a file of its own, which needs nothing beside it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'twin hub '));
    cleanUp.defer(() => rm(directory, { recursive: true }));
    const alone = join(directory, 'preload.cjs');
    await copyFile(PRELOAD, alone);
    const env = { NODE_OPTIONS: `--require "${alone}"`, TWINHUB_REDIRECT: JSON.stringify({ hosts: ['localhost'], ports: { 1: hubPort } }) };

    expect((await run(process.execPath, ['-e', CLIENT], { env })).stdout).toBe('hub\n');
  });
});
