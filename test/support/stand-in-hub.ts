// An HTTPS server with a certificate of a local CA, which answers what a test tells it to, for tests of the clients of the HTTP API.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../../src/certificates/server-certificate.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/system/system-clock.ts';

/** `directory` is a temporary folder that goes with it. */
export type StandInHub = AsyncDisposable & { readonly port: number; readonly caPath: string; readonly directory: string };

export type StandInOptions = { readonly hostNames?: readonly string[]; readonly clock?: Clock };

export async function startStandInHub(answer: RequestListener, options: StandInOptions = {}): Promise<StandInHub> {
  const directory = await mkdtemp(join(tmpdir(), 'twinhub test-'));
  const { hostNames = ['localhost'], clock = systemClock } = options;
  const { certPem, keyPem, caPath } = await ensureCertificates({ directory, hostNames, clock });
  const server = createServer({ cert: certPem, key: keyPem }, answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    caPath,
    directory,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      server.close();
      await rm(directory, { recursive: true });
    },
  };
}
