// Devices with a bad key, over pairs of streams in memory: their answers wait, good ones do not, and nothing is left of who goes away.
import { duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../../src/domain/identity/device.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { MqttConnection } from '../../../../src/gateways/mqtt/connection.ts';
import { createLog } from '../../../../src/system/log.ts';
import { systemRandom } from '../../../../src/system/system-random.ts';
import { connectPacket, MqttClient, publishPacket, sendConnect } from '../../../support/mqtt-client.ts';
import { openHub, type OpenHub } from '../../../support/open-hub.ts';

type Line = { readonly client: MqttClient; readonly connection: MqttConnection };

function openLine({ hub, clock }: OpenHub, source = '192.0.2.1'): Line {
  const [socket, far] = duplexPair();
  const connection = new MqttConnection({
    socket,
    peer: { source, certificate: () => undefined },
    hub,
    clock,
    random: systemRandom,
    log: createLog({ level: 'silent' }),
  });
  return { client: new MqttClient(far), connection };
}

function badConnect(device: Device): ReturnType<typeof connectPacket> {
  return connectPacket(device, { password: Buffer.from('nonsense') });
}

/** Uses up the refusals of a device that are answered at once. */
async function refuseAtOnce(open: OpenHub, device: Device): Promise<void> {
  for (let index = 0; index < LIMITS.refusalsAtOnce.value; index += 1) {
    const { client } = openLine(open);
    expect(await sendConnect(client, badConnect(device))).toMatchObject({ returnCode: 5 });
    await client.closed;
  }
}

/** A connection whose refusal waits. It has two timers: the time until CONNACK, and that of its answer. */
async function openHeld(open: OpenHub, device: Device): Promise<Line> {
  const line = openLine(open);
  const timers = open.clock.pendingTimers;
  line.client.send(badConnect(device));
  await expect.poll(() => open.clock.pendingTimers).toBe(timers + 1);
  return line;
}

describe('A device that is refused again and again', () => {
  it('is told so later, and what it sends meanwhile is not heard.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    await refuseAtOnce(open, device);
    const { client } = await openHeld(open, device);

    client.send(publishPacket('devices/lamp/messages/events/', 'x', 1));
    open.clock.advance(LIMITS.refusalFirstMs.value);
    const answer = await client.next();
    await client.closed;

    expect(answer).toMatchObject({ cmd: 'connack', returnCode: 5 });
    expect(open.hub.telemetry.count()).toEqual({ messages: 0, bytes: 0 });
  });

  it('keeps nobody waiting who shows a good token, neither itself nor another from the same address.', async () => {
    await using open = await openHub();
    const [lamp, door] = [await open.createDevice('lamp'), await open.createDevice('door')];
    await refuseAtOnce(open, lamp);
    await openHeld(open, lamp);

    const answers = [
      await sendConnect(openLine(open).client, connectPacket(lamp)),
      await sendConnect(openLine(open).client, connectPacket(door)),
    ];

    expect(answers).toMatchObject([{ returnCode: 0 }, { returnCode: 0 }]);
  });

  it('is told at once from another address.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    await refuseAtOnce(open, device);

    const answer = await sendConnect(openLine(open, '192.0.2.2').client, badConnect(device));

    expect(answer).toMatchObject({ returnCode: 5 });
  });

  it('leaves nothing behind when it goes away while it waits.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    await refuseAtOnce(open, device);
    const timers = open.clock.pendingTimers;
    const { client, connection } = await openHeld(open, device);

    await client.drop();
    await connection.ended;

    expect(open.clock.pendingTimers).toBe(timers);
  });

  it('is cut at once when the hub stops.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    await refuseAtOnce(open, device);
    const timers = open.clock.pendingTimers;
    const { connection } = await openHeld(open, device);

    connection.close();
    await connection.ended;

    expect(open.clock.pendingTimers).toBe(timers);
  });

  it('is sent away without a word when too many of its answers wait already.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    await refuseAtOnce(open, device);
    for (let index = 0; index < LIMITS.refusalsHeldPerIdentity.value; index += 1) await openHeld(open, device);
    const { client, connection } = openLine(open);

    client.send(badConnect(device));
    await connection.ended;

    await expect(client.next()).rejects.toThrow('the line is closed');
  });

  it('waits too when its user name, and not its token, is wrong.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    await refuseAtOnce(open, device);
    const { client } = openLine(open);
    const timers = open.clock.pendingTimers;

    client.send(connectPacket(device, { username: 'example.org/lamp/?api-version=2021-04-12' }));
    await expect.poll(() => open.clock.pendingTimers).toBe(timers + 1);
    open.clock.advance(LIMITS.refusalFirstMs.value);

    expect(await client.next()).toMatchObject({ returnCode: 5 });
  });

  it('is told at once when it gives no name at all, as a health check does.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    const timers = open.clock.pendingTimers;

    for (let index = 0; index <= LIMITS.refusalsAtOnce.value; index += 1) {
      const { client, connection } = openLine(open);
      expect(await sendConnect(client, connectPacket(device, { clientId: '', clean: true }))).toMatchObject({ returnCode: 2 });
      await connection.ended;
    }

    expect(open.clock.pendingTimers).toBe(timers);
  });
});
