// Goal: a command either gets the hub's answer or says in a sentence what stood in the way.
// Method: real HTTPS against servers with right and wrong certificates, names and answers.
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { type AddressInfo, createServer, isIP, type Server } from 'node:net';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HubTarget } from '../../../src/cli/find-hub.ts';
import { HubClient, type HubRequest, segment } from '../../../src/cli/hub-client.ts';
import { parseSasToken, tokenCovers } from '../../../src/domain/access/sas-token.ts';
import { createSigner } from '../../../src/system/signer.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type StandInOptions, startStandInHub } from '../../support/stand-in-hub.ts';

const KEY = 'c2VydmljZS1rZXktMDAwMQ==';
const LIST: HubRequest = { method: 'GET', path: '/devices' };
const DAY_MS = 24 * 3600_000;

let cleanUp: AsyncDisposableStack;

beforeEach(() => {
  cleanUp = new AsyncDisposableStack();
});
afterEach(async () => {
  await cleanUp.disposeAsync();
});

function target(parts: Partial<HubTarget>): HubTarget {
  const { hostName = 'localhost' } = parts;
  const common = { hostName, hostNames: [hostName], address: hostName, httpsPort: 1, mqttPort: 1, policyName: 'service', key: KEY };
  return { ...common, caPath: undefined, remedy: 'Try again.', ...parts };
}

async function clientOf(
  answer: RequestListener,
  options: StandInOptions & { readonly target?: Partial<HubTarget> } = {},
): Promise<HubClient> {
  const hub = cleanUp.use(await startStandInHub(answer, options));
  return new HubClient(target({ httpsPort: hub.port, caPath: hub.caPath, ...options.target }));
}

async function tcpServer(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanUp.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('a request', () => {
  it('arrives signed, with api-version, etag and body', async () => {
    const received = Promise.withResolvers<{ request: IncomingMessage; body: string }>();
    const client = await clientOf((request, response) => {
      void readText(request).then((body) => received.resolve({ request, body }));
      response.end('{}');
    });

    await client.send({ method: 'PATCH', path: `/twins/${segment('a/b c')}`, body: '{"é":1.0}', ifMatch: 'AAA=' });

    const { request, body } = await received.promise;
    expect(request.method).toBe('PATCH');
    expect(request.url).toBe('/twins/a%2Fb%20c?api-version=2021-04-12');
    expect(request.headers).toMatchObject({
      'if-match': '"AAA="',
      'content-type': 'application/json; charset=utf-8',
      'content-length': '10',
    });
    expect(body).toBe('{"é":1.0}');
    const token = parseSasToken(request.headers.authorization ?? '');
    expect(token.policyName).toBe('service');
    expect(tokenCovers(token, ['localhost'], '/twins/a')).toBe(true);
    expect(createSigner().verify(KEY, token.signedText, token.signature)).toBe(true);
  });

  it('has no body, type and etag unless given', async () => {
    const headers = Promise.withResolvers<IncomingMessage['headers']>();
    const client = await clientOf((request, response) => {
      headers.resolve(request.headers);
      response.end('[]');
    });

    await client.send(LIST);

    const names = Object.keys(await headers.promise);
    expect(names).toContain('authorization');
    for (const name of ['content-type', 'content-length', 'if-match']) expect(names).not.toContain(name);
  });

  it.each([
    ['hub.invalid', 'hub.invalid'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '[2001:db8::1]'],
  ])('goes to the address of the hub, and still is for %s', async (hostName, host) => {
    const received = Promise.withResolvers<{ headers: IncomingMessage['headers']; servername: unknown }>();
    const client = await clientOf(
      ({ headers, socket }, response) => {
        received.resolve({ headers, servername: (socket as TLSSocket & { servername?: unknown }).servername });
        response.end('{}');
      },
      { hostNames: [hostName], target: { hostName, address: '127.0.0.1' } },
    );

    await client.send(LIST);

    const { headers, servername } = await received.promise;
    expect(headers.host).toBe(`${host}:${client.target.httpsPort}`);
    expect(servername).toBe(isIP(hostName) === 0 ? hostName : false);
    expect(tokenCovers(parseSasToken(headers.authorization ?? ''), [hostName], '/devices')).toBe(true);
  });

  it('is not sent with a CA file that cannot be read', () => {
    expect(() => new HubClient(target({ caPath: '/missing/ca.pem' }))).toThrow(
      /^Cannot read the CA of the hub \(ENOENT.*\)\. Name its file with --ca\.$/,
    );
  });
});

describe('an answer', () => {
  it('comes as it was sent, and parsed', async () => {
    const client = await clientOf((_, response) => response.end('{ "a": 1.0 }'));

    const answer = await client.send(LIST);

    expect(answer).toEqual({ text: '{ "a": 1.0 }', value: { a: 1 } });
  });

  it('may be empty', async () => {
    const client = await clientOf((_, response) => response.writeHead(204).end());

    const answer = await client.send(LIST);

    expect(answer).toEqual({ text: '', value: undefined });
  });

  it('that refuses becomes its sentence', async () => {
    const body = JSON.stringify({ Message: 'ErrorCode:DeviceNotFound;No such device.', ExceptionMessage: 'Tracking ID:abc-G:0' });
    const client = await clientOf((_, response) => response.writeHead(404).end(body));

    await expect(client.send(LIST)).rejects.toThrow(/^No such device\. .* \(DeviceNotFound, tracking id abc\)$/);
  });

  it.each([
    [200, '<html>', 'The answer (status 200) is not that of a twinhub. Check host name and port.'],
    [302, '', 'The answer has status 302 and is not that of a twinhub. Check host name and port.'],
    [502, '{"error":"bad gateway"}', 'The answer has status 502 and is not that of a twinhub. Check host name and port.'],
  ])('of a stranger is recognised: status %i, %j', async (status, body, message) => {
    const client = await clientOf((_, response) => response.writeHead(status).end(body));

    await expect(client.send(LIST)).rejects.toThrow(message);
  });

  it('without an end is cut off', async () => {
    const part = 'x'.repeat(1024 * 1024);
    const client = await clientOf((_, response) => {
      const more = (): void => {
        while (response.write(part));
      };
      response.on('drain', more);
      more();
    });

    await expect(client.send(LIST)).rejects.toThrow(/cannot be reached \(the answer is longer than 16777216 bytes\)\. Try again\.$/);
  });

  it('that breaks off is a sentence', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('{');
      setImmediate(() => response.destroy());
    });

    await expect(client.send(LIST)).rejects.toThrow(/^The hub at localhost:\d+ cannot be reached \(aborted\)\. Try again\.$/);
  });

  it('that does not come is not waited for for ever', async () => {
    const client = await clientOf(() => undefined);

    await expect(client.send({ ...LIST, timeoutSeconds: 0.05 })).rejects.toThrow(
      /^The hub at localhost:\d+ cannot be reached \(no answer within 0\.05 seconds\)\. Try again\.$/,
    );
  });
});

describe('a hub that cannot be reached', () => {
  it('because nobody listens', async () => {
    const client = new HubClient(target({ hostName: '127.0.0.1' }));

    await expect(client.send(LIST)).rejects.toThrow('No hub answers at 127.0.0.1:1. Try again.');
  });

  it('because nobody listens on any address of its name', async () => {
    await expect(new HubClient(target({})).send(LIST)).rejects.toThrow('No hub answers at localhost:1. Try again.');
  });

  it('because its name is unknown', async () => {
    const client = new HubClient(target({ hostName: 'hub.invalid' }));

    await expect(client.send(LIST)).rejects.toThrow(
      'The host name hub.invalid is not known on this machine. Correct it, or add it to DNS or /etc/hosts.',
    );
  });

  it('because its CA is not trusted', async () => {
    const client = await clientOf((_, response) => response.end(), { target: { caPath: undefined } });

    await expect(client.send(LIST)).rejects.toThrow(
      /^The certificate of localhost:\d+ is not trusted\. Name the hub's CA \(ca\.pem in its data dir\) with --ca or NODE_EXTRA_CA_CERTS\.$/,
    );
  });

  it('because another CA is trusted', async () => {
    const other = cleanUp.use(await startStandInHub((_, response) => response.end()));
    const client = await clientOf((_, response) => response.end(), { target: { caPath: join(other.directory, 'ca.pem') } });

    await expect(client.send(LIST)).rejects.toThrow(/^The certificate of localhost:\d+ is not trusted\./);
  });

  it('because its certificate is for another name', async () => {
    const client = await clientOf((_, response) => response.end(), { hostNames: ['other.example.com'] });

    await expect(client.send(LIST)).rejects.toThrow(
      /^The server at localhost:\d+ has no certificate for that name\. Start the hub with --hostname localhost, or use a name it has\.$/,
    );
  });

  it('because its certificate, at its address, is for another name', async () => {
    const client = await clientOf((_, response) => response.end(), { target: { hostName: 'hub.invalid', address: '127.0.0.1' } });

    await expect(client.send(LIST)).rejects.toThrow(/^The server at hub\.invalid:\d+ has no certificate for that name\./);
  });

  it.each([
    ['has expired', -9000],
    ['begins in the future', 9000],
  ])('because its certificate %s', async (_, days) => {
    const client = await clientOf((_request, response) => response.end(), { clock: new FakeClock(Date.now() + days * DAY_MS) });

    await expect(client.send(LIST)).rejects.toThrow(/^The certificate of localhost:\d+ is not valid at this time\. Compare the clocks/);
  });

  it('because something else listens there', async () => {
    const port = await tcpServer(createServer((socket) => socket.end('220 mail ready\r\n')));

    await expect(new HubClient(target({ httpsPort: port })).send(LIST)).rejects.toThrow(
      `What listens at localhost:${port} does not speak TLS. Check host name and port.`,
    );
  });

  it('because it hangs up', async () => {
    const port = await tcpServer(createServer((socket) => socket.destroy()));

    await expect(new HubClient(target({ httpsPort: port })).send(LIST)).rejects.toThrow(
      /^The hub at localhost:\d+ cannot be reached \(.+\)\. Try again\.$/,
    );
  });
});

describe('an answer in parts', () => {
  const WATCH: HubRequest = { method: 'POST', path: '/hub/queries/live', body: '{}', tokenSeconds: 24 * 3600 };

  it.each([
    [400, false],
    [429, true],
    [503, true],
  ])('that is refused with %i may pass by itself: %s', async (status, mayPass) => {
    const client = await clientOf((_, response) => response.writeHead(status).end('{"Message":"ErrorCode:Some;text"}'));

    const failure: unknown = await client
      .receive(WATCH, undefined)
      .next()
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: 'CommandFailure', message: 'text. (Some)' });
    expect(failure instanceof Error && failure.cause !== undefined).toBe(mayPass);
  });

  it('is asked for with a token that lasts as long', async () => {
    const authorization = Promise.withResolvers<string>();
    const client = await clientOf((request, response) => {
      authorization.resolve(request.headers.authorization ?? '');
      response.end('part');
    });

    const { value } = await client.receive(WATCH, undefined).next();

    const { expirySeconds } = parseSasToken(await authorization.promise);
    expect(value).toBe('part');
    expect(expirySeconds * 1000 - Date.now()).toBeGreaterThan(DAY_MS - 60_000);
  });
});
