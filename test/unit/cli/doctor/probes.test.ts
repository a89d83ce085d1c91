// What probes do with a server that never answers, and where they look for packages.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withDeadline } from '../../../../src/cli/doctor/probes/deadline.ts';
import { freeBytes, installedPackages } from '../../../../src/cli/doctor/probes/machine.ts';
import { askHealth, askMqtt, askStatus } from '../../../../src/cli/doctor/probes/protocols.ts';
import { lookAtTls, type Place } from '../../../../src/cli/doctor/probes/tls.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

/** Accepts connections and says nothing. */
async function silentServer(): Promise<{ readonly place: Place; readonly accepted: Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { place: { address: '127.0.0.1', port, hostName: 'localhost' }, accepted: once(server, 'connection') };
}

describe('a probe of a server that never answers', () => {
  it.each([
    ['tls', (place: Place, clock: FakeClock) => lookAtTls(place, undefined, clock)],
    ['https', (place: Place, clock: FakeClock) => askHealth(place, clock)],
    ['mqtt', (place: Place, clock: FakeClock) => askMqtt(place, clock)],
  ])('ends in time: %s', async (_, probe) => {
    const clock = new FakeClock();
    const { place, accepted } = await silentServer();

    const probed = probe(place, clock);
    await accepted;
    clock.advance(5000);

    expect(await probed).toEqual({ kind: 'fault', fault: 'ETIMEDOUT' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits longer for the answer to a sign-in, whose refusal may come late', async () => {
    const clock = new FakeClock();
    const { place, accepted } = await silentServer();
    const signIn = { policy: { name: 'service', key: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ=' }, hubMs: 0, ca: undefined };

    const probed = askStatus(place, signIn, clock);
    await accepted;
    clock.advance(LIMITS.refusalLastMs.value + 4999);
    const waitingBefore = clock.pendingTimers;
    clock.advance(1);

    expect(waitingBefore).toBe(1);
    expect(await probed).toEqual({ kind: 'fault', fault: 'ETIMEDOUT' });
  });

  it('has until the last millisecond', async () => {
    const clock = new FakeClock();
    const answer = Promise.withResolvers<string>();

    const probed = withDeadline(clock, () => answer.promise);
    clock.advance(4999);
    answer.resolve('in time');

    expect(await probed).toBe('in time');
  });
});

describe('packages', () => {
  it('are found as Node.js finds them, the nearest first', async () => {
    const folder = temporaryFolder();
    const app = join(folder, 'app');
    install(folder, 'azure-iothub', '1.0.0');
    install(folder, 'azure-iot-device', '2.0.0');
    install(app, 'azure-iothub', '3.0.0');

    const found = await installedPackages(['azure-iothub', 'azure-iot-device', 'azure-iot-device-mqtt'], app);

    expect(found).toEqual([
      { name: 'azure-iothub', version: '3.0.0' },
      { name: 'azure-iot-device', version: '2.0.0' },
    ]);
  });
});

describe('free space', () => {
  it('of a folder that is not there is that of the nearest one above it', async () => {
    expect(await freeBytes(join(temporaryFolder(), 'not', 'there'))).toBeGreaterThan(0);
  });
});

function install(folder: string, name: string, version: string): void {
  const place = join(folder, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version }));
}
