// The HTTPS gateway on a free port over a hub with an ephemeral store, and clients that write bytes to it as they please.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type Agent, request as httpsRequest } from 'node:https';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { clientCertificateOf } from '../../../src/certificates/client-certificate.ts';
import { issueCa, issueServerCertificate } from '../../../src/certificates/issue.ts';
import type { KeyPair } from '../../../src/certificates/x509-library.ts';
import { type HttpGateway, startHttpGateway } from '../../../src/gateways/http/server.ts';
import type { Stores } from '../../../src/ports/stores.ts';
import { createLog } from '../../../src/system/log.ts';
import { systemRandom } from '../../../src/system/system-random.ts';
import { openHub, type OpenHub } from '../../support/open-hub.ts';
import { sasToken } from '../../support/test-hub.ts';

export type OpenGateway = OpenHub & {
  readonly gateway: HttpGateway;
  readonly caPem: string;
  /** Of iothubowner. */
  readonly token: string;
  /** A certificate of the same CA. */
  newCertificate(): Promise<KeyPair>;
  /** A TLS connection that trusts the CA. */
  connect(options?: ConnectionOptions): Promise<RawConnection>;
  /** A request through Node's own client. */
  fetch(call: FetchCall): Promise<FetchAnswer>;
};

type FetchCall = {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly agent?: Agent;
  readonly headers?: Readonly<Record<string, string>>;
};

type FetchAnswer = {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Whether an earlier request had used the connection. */
  readonly reused: boolean;
};

/** @param log default: nothing is kept of it. @param stores default: as `openHub` has them. */
export async function openGateway(log = createLog({ level: 'silent' }), stores?: Stores): Promise<OpenGateway> {
  const open = await openHub(stores && { stores });
  // Certificates are checked against the time of the machine.
  const nowMs = Date.now();
  const ca = await issueCa(nowMs);
  const newCertificate = (): Promise<KeyPair> =>
    issueServerCertificate({ ca: { certificate: new X509Certificate(ca.certPem), keyPem: ca.keyPem }, hostNames: ['localhost'], nowMs });
  const gateway = await startHttpGateway({
    hub: open.hub,
    tls: await newCertificate(),
    bindAddress: '127.0.0.1',
    port: 0,
    clock: open.clock,
    machineClock: open.clock,
    random: systemRandom,
    log,
    version: '1.2.3',
    onWebSocket: (stream) => stream.destroy(),
    certificateOf: clientCertificateOf,
  });
  const key = open.hub.policies.find('iothubowner')?.keys.primaryKey ?? '';
  const token = sasToken({ key, resource: 'localhost', policyName: 'iothubowner' });
  const target = { host: '127.0.0.1', port: gateway.port, servername: 'localhost', ca: ca.certPem };
  return {
    ...open,
    gateway,
    caPem: ca.certPem,
    token,
    newCertificate,
    async connect(options = {}): Promise<RawConnection> {
      const connection = new RawConnection(connect({ ...target, ...options }));
      await once(connection.socket, 'secureConnect');
      return connection;
    },
    fetch: (call) => fetchWith(call, { ...target, headers: { authorization: token, ...call.headers } }),
    async [Symbol.asyncDispose](): Promise<void> {
      await gateway.close();
      await open[Symbol.asyncDispose]();
    },
  };
}

function fetchWith({ method = 'GET', path, body, agent }: FetchCall, target: object): Promise<FetchAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({ ...target, method, path, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text, reused: sent.reusedSocket }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Bytes in both directions, without an HTTP client that would put them right. */
class RawConnection {
  readonly socket: TLSSocket;
  /** To resume; with TLS 1.3 it comes after the handshake. */
  readonly session: Promise<Buffer>;
  #received = '';
  readonly #closed: Promise<void>;

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.#received += text));
    socket.on('error', () => undefined);
    this.session = new Promise((resolve) => socket.once('session', resolve));
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Everything received, once the hub has closed the connection. */
  async untilClosed(): Promise<string> {
    await this.#closed;
    return this.#received;
  }

  /** Everything received, once it holds as many whole answers. */
  async untilAnswers(count: number): Promise<string> {
    while (statusesIn(this.#received).length < count) await once(this.socket, 'data');
    return this.#received;
  }
}

/** The status codes of the whole answers in what was received, in order. */
export function statusesIn(received: string): readonly number[] {
  const statuses: number[] = [];
  let rest = received;
  for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
    const head = rest.slice(0, end);
    const bodyLength = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    if (rest.length < end + 4 + bodyLength) break;
    statuses.push(Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]));
    rest = rest.slice(end + 4 + bodyLength);
  }
  return statuses;
}

/** A request as bytes. */
export function rawRequest(line: string, headers: Readonly<Record<string, string | number>> = {}, body = ''): string {
  const lines = [line, 'Host: localhost', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
