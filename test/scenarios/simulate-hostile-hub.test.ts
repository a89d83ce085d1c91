// Goal: whatever listens where the hub should, a simulation goes on trying, says what it met, and stops when it is told to.
// Method: a real hub for the registry; for MQTT a server with the hub's own certificate that does another wrong thing on each connection.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HubProcess } from '../support/hub-process.ts';
import { Simulation } from '../support/simulator/simulation.ts';

let folder: string;
let hub: HubProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhub-simulate-'));
  hub = await HubProcess.start(folder);
});
afterAll(async () => {
  await hub.kill();
  await rm(folder, { recursive: true });
});

const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const SUBACK = Buffer.from([0x90, 5, 0, 1, 0, 0, 0]);

/** What the server does to a device that listens. */
const WRONGS: Readonly<Record<string, (socket: TLSSocket) => void>> = {
  'closes at once': (socket) => socket.destroy(),
  'ends its side': (socket) => socket.end(),
  'sends garbage': (socket) => socket.write(Buffer.alloc(1000, 0xfe)),
  'sends a packet without an end': (socket) => socket.write(Buffer.concat([Buffer.from([0x30, 0xff, 0xff, 0x7f]), Buffer.alloc(5000)])),
  'sends half a packet and closes': (socket) => socket.end(Buffer.from([0x30, 20, 0, 5])),
  'calls a method without a name': (socket) => socket.write(publish('$iothub/methods/POST/', '{')),
  'sends a twin that is none': (socket) => socket.write(publish('$iothub/twin/res/200/?$rid=twin', '[[[[')),
  'counts back': (socket) => {
    socket.write(publish('$iothub/twin/PATCH/properties/desired/?$version=9', '{}'));
    socket.write(publish('$iothub/twin/PATCH/properties/desired/?$version=3', '{}'));
    socket.end();
  },
  'calls a thousand methods and reads no answer': (socket) => {
    socket.pause();
    const call = publish('$iothub/methods/POST/m/?$rid=1', JSON.stringify('x'.repeat(5000)));
    for (let calls = 0; calls < 1000; calls += 1) socket.write(call);
  },
};

function publish(topic: string, payload: string): Buffer {
  const body = Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic), Buffer.from(payload)]);
  return Buffer.concat([Buffer.from([0x30, (body.length & 0x7f) | 0x80, body.length >> 7]), body]);
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a simulation', () => {
  it('survives a hub that does wrong on every line, one after the other', async () => {
    const [cert, key] = await Promise.all(['server.pem', 'server-key.pem'].map((name) => readFile(join(folder, name))));
    const sockets = new Set<TLSSocket>();
    const wrongs = Object.values(WRONGS);
    const met = new Set<number>();
    let connections = 0;
    const server = createTlsServer({ cert, key }, (socket) => {
      sockets.add(socket);
      const index = connections % wrongs.length;
      connections += 1;
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(CONNACK));
      let packets = 0;
      socket.on('data', () => {
        packets += 1;
        if (packets !== 2) return;
        socket.write(SUBACK);
        met.add(index);
        wrongs[index]?.(socket);
      });
    });
    const port = await listening(server);
    await using fleet = new Simulation([
      '--data-dir',
      folder,
      '--mqtt-port',
      String(port),
      '--devices',
      '9',
      '--rate',
      '5',
      '--prefix',
      'brave-',
    ]);

    await fleet.waitFor(({ connections: { made, lost }, malformed }) => made > 27 && lost > 18 && malformed > 8);
    const { code, stderr, events } = await fleet.stop('SIGTERM');
    for (const socket of sockets) socket.destroy();
    server.close();

    expect(met.size).toBe(wrongs.length);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(events.at(-1)?.desired.outOfOrder).toBeGreaterThan(0);
    expect(events.at(-1)?.methods.received).toBeGreaterThan(100);
  });

  it('says what it met where no device could ever connect', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('220 smtp ready\r\n');
    });
    const port = await listening(server);
    await using fleet = new Simulation(['--data-dir', folder, '--mqtt-port', String(port), '--devices', '2', '--prefix', 'lost-']);

    await fleet.waitFor(({ connections: { failed } }) => Object.keys(failed).length > 0);
    const { code, stderr, events } = await fleet.stop('SIGTERM');
    server.close();

    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: No device was ever connected \(\w+\)\. Check the MQTT port of the hub with `twinhub doctor`/);
    expect(events.at(-1)).toMatchObject({ event: 'summary', connected: 0, connections: { made: 0 } });
  });

  it('is refused by a server whose certificate is not for the hub', async () => {
    const [cert, key] = await Promise.all(['server.pem', 'server-key.pem'].map((name) => readFile(join(folder, name))));
    const server = createTlsServer({ cert, key, maxVersion: 'TLSv1.3', minVersion: 'TLSv1.2' }, (socket) =>
      socket.on('error', () => undefined),
    );
    const port = await listening(server);
    const other = await mkdtemp(join(tmpdir(), 'twinhub-simulate-'));
    const stranger = await HubProcess.start(other);
    await using fleet = new Simulation(['--data-dir', other, '--mqtt-port', String(port), '--devices', '1', '--prefix', 'shy-']);

    await fleet.waitFor(({ connections: { failed } }) => Object.keys(failed).length > 0);
    const { code, stderr } = await fleet.stop('SIGTERM');
    server.close();
    await stranger.kill();
    await rm(other, { recursive: true });

    expect(code).toBe(1);
    expect(stderr).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT/);
  });
});
