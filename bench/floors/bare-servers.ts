// What the floors are made of: a bare HTTPS listener, the options of TLS, and the line that says that all listeners are ready.
import { createHmac, createSecretKey, randomUUID, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Server } from 'node:tls';
import { fastify, type FastifyInstance } from 'fastify';

const folder = process.env['BENCH_FOLDER'] ?? '';

/**
 * As the hub has them, also that a client is asked for a certificate, which changes the handshake. Ciphers are in the order of Node.js, while
 * the hub's MQTT listener prefers one of its own.
 */
export const TLS = {
  cert: readFileSync(join(folder, 'server.pem')),
  key: readFileSync(join(folder, 'server-key.pem')),
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ecdhCurve: 'X25519:P-256:P-384:P-521',
  requestCert: true,
  rejectUnauthorized: false,
} as const;

export type BareHttps = FastifyInstance<HttpsServer>;

/** Its answers have as many bytes of headers as those of the hub. */
export function bareHttps(): BareHttps {
  const https = fastify<HttpsServer>({ https: TLS });
  https.addHook('onRequest', (_, reply, done) => {
    reply.headers({ 'x-ms-request-id': randomUUID(), 'cache-control': 'no-store' });
    done();
  });
  return https;
}

/** Checks a token whose signature it has never seen, with a key that is ready for use. */
export function tokenCheck(base64Key: string): (authorization: string | undefined) => boolean {
  const key = createSecretKey(Buffer.from(base64Key, 'base64'));
  return (authorization = '') => {
    const fields = new URLSearchParams(authorization.slice(authorization.indexOf(' ') + 1));
    const given = Buffer.from((fields.get('sig') ?? '').replaceAll(' ', '+'), 'base64');
    const expected = createHmac('sha256', key)
      .update(`${fields.get('sr')}\n${fields.get('se')}`)
      .digest();
    return given.length === expected.length && timingSafeEqual(given, expected) && Number(fields.get('se')) * 1000 > Date.now();
  };
}

/** Listens on free ports, then says so. A listener that is not needed is left out. */
export async function listen({ https, mqtt }: { readonly https?: BareHttps; readonly mqtt?: Server }): Promise<void> {
  if (https) await https.listen({ port: 0, host: '127.0.0.1' });
  if (mqtt) await new Promise<void>((resolve) => mqtt.listen(0, '127.0.0.1', resolve));
  console.log(`floor ready ${portOf(https?.server)} ${portOf(mqtt)}`);
}

function portOf(server: { address(): AddressInfo | string | null } | undefined): number {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
