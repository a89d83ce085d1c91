// The life of a device's connection: signing in, keeping alive, renewing, flapping, and coming back.
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../src/system/signer.ts';
import { KEY, lineAt, startScriptedFleet } from '../../support/simulator/scripted-hub.ts';

const PINGREQ = { cmd: 'pingreq' };

describe('a device that connects', () => {
  it('signs in with a token of its own key that is good for an hour', () => {
    const { clock, line } = startScriptedFleet();

    line().open();

    const expirySeconds = Math.floor(clock.nowMs() / 1000) + 3600;
    const resource = 'hub.example.com%2Fdevices%2Fd1';
    const signature = encodeURIComponent(createSigner().sign(KEY, `${resource}\n${expirySeconds}`));
    expect(line().packets).toMatchObject([
      {
        cmd: 'connect',
        clientId: 'd1',
        username: 'hub.example.com/d1/?api-version=2021-04-12',
        clean: true,
        keepalive: 180,
        password: Buffer.from(`SharedAccessSignature sr=${resource}&sig=${signature}&se=${expirySeconds}`),
      },
    ]);
  });

  it('subscribes, and counts as connected when that is granted', () => {
    const { fleet, line } = startScriptedFleet();

    line().open();
    line().send({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    const before = fleet.counts().counters.connected;
    line().send({ cmd: 'suback', messageId: 1, granted: [0, 0, 0] });

    expect(before).toBe(0);
    expect(fleet.counts().counters).toMatchObject({ connected: 1, connects: 1 });
    expect(line().packets.map(({ cmd }) => cmd)).toEqual(['connect', 'subscribe', 'publish']);
  });

  it('measures the time from the begin to the subscription', () => {
    const { fleet, clock, line } = startScriptedFleet();

    clock.advance(300);
    line().accept();

    expect(fleet.counts().connectMs.at(-1)).toBe(1);
    expect(fleet.counts().connectMs.length).toBe(Math.round(16 * Math.log2(300_000)) + 1);
  });
});

describe('an attempt fails', () => {
  it.each([
    ['refused (5)', (line: ReturnType<typeof lineAt>) => line.send({ cmd: 'connack', returnCode: 5, sessionPresent: false })],
    ['malformed', (line: ReturnType<typeof lineAt>) => line.write(Buffer.from('220 smtp ready\r\n'))],
    ['malformed', (line: ReturnType<typeof lineAt>) => line.send({ cmd: 'suback', messageId: 1, granted: [0, 0, 0] })],
    ['malformed', (line: ReturnType<typeof lineAt>) => line.message('$iothub/methods/POST/a/?$rid=1', '{}')],
    [
      'subscription refused',
      (line: ReturnType<typeof lineAt>) =>
        line.send({ cmd: 'connack', returnCode: 0, sessionPresent: false }, { cmd: 'suback', messageId: 1, granted: [0, 128, 0] }),
    ],
    [
      'subscription refused',
      (line: ReturnType<typeof lineAt>) =>
        line.send({ cmd: 'connack', returnCode: 0, sessionPresent: false }, { cmd: 'suback', messageId: 1, granted: [0, 0] }),
    ],
  ])('as %s, and the device hangs up', (reason, answer) => {
    const { fleet, line } = startScriptedFleet();

    line().open();
    answer(line());
    const ended = line().ended;
    line().close();

    expect(ended).toBe('cut');
    expect(fleet.counts().failures).toEqual({ [reason]: 1 });
    expect(fleet.counts().counters).toMatchObject({ connected: 0, connects: 0, lost: 0 });
  });

  it('with the code of the system, or as closed where the hub hung up', () => {
    const { fleet, lines } = startScriptedFleet({ devices: 2 });

    lineAt(lines, 0).close('ECONNREFUSED');
    lineAt(lines, 1).open();
    lineAt(lines, 1).close();

    expect(fleet.counts().failures).toEqual({ ECONNREFUSED: 1, closed: 1 });
  });

  it('after a minute without an answer', () => {
    const { fleet, clock, line } = startScriptedFleet();

    line().open();
    clock.advance(59_999);
    const before = line().ended;
    clock.advance(1);
    line().close();

    expect(before).toBeUndefined();
    expect(line().ended).toBe('cut');
    expect(fleet.counts().failures).toEqual({ timeout: 1 });
  });

  it('and is made again after pauses that double up to a minute', () => {
    const { clock, lines, line } = startScriptedFleet({ chance: 0 });

    // Chance 0 makes each pause half as long.
    for (const pauseMs of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const opened = lines.length;
      line().close('ECONNREFUSED');
      clock.advance(pauseMs - 1);
      const early = lines.length;
      clock.advance(1 + 20);

      expect([early, lines.length]).toEqual([opened, opened + 1]);
    }
  });

  it('and its pause is the first one again after a connection of half a minute', () => {
    const { clock, lines, line } = startScriptedFleet({ chance: 0 });
    for (let failed = 0; failed < 6; failed += 1) {
      line().close('ECONNREFUSED');
      clock.advance(60_000);
    }
    const opened = lines.length;

    line().accept();
    clock.advance(30_000);
    line().close();
    clock.advance(520);

    expect(lines).toHaveLength(opened + 1);
  });
});

describe('a connection', () => {
  it('that the hub closes is lost', () => {
    const { fleet, line } = startScriptedFleet();
    line().accept();

    line().close('ECONNRESET');

    expect(fleet.counts().counters).toMatchObject({ connected: 0, lost: 1 });
    expect(fleet.counts().failures).toEqual({});
  });

  it.each([
    ['bytes that are no packet', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['another CONNACK', Buffer.from([0x20, 2, 0, 0])],
    ['another SUBACK', Buffer.from([0x90, 5, 0, 1, 0, 0, 0])],
  ])('is ended and counted once when the hub sends %s', (_, bytes) => {
    const { fleet, line } = startScriptedFleet();
    line().accept();

    line().write(Buffer.concat([bytes, bytes]));
    line().write(bytes);
    line().close();

    expect(line().ended).toBe('cut');
    expect(fleet.counts().counters).toMatchObject({ connected: 0, lost: 1, malformed: 1 });
  });

  it('is kept alive by a ping in time, and ended when one has no answer', () => {
    const { fleet, clock, line } = startScriptedFleet({ chance: 0 });
    line().accept();

    clock.advance(180_000);
    const pings = line().packets.filter(({ cmd }) => cmd === 'pingreq');
    line().send({ cmd: 'pingresp' });
    clock.advance(180_000);
    const alive = line().ended;
    clock.advance(180_000);
    line().close();

    expect(pings).toMatchObject([PINGREQ]);
    expect(alive).toBeUndefined();
    expect(line().ended).toBe('cut');
    expect(fleet.counts().counters).toMatchObject({ lost: 1 });
  });

  it('is renewed with a new token before the old one expires, at once and with a leave', () => {
    const { fleet, clock, lines, line } = startScriptedFleet({ chance: 0.999 });
    line().accept();
    const oldToken = lineAt(lines, 0).packets[0];

    for (let minutes = 0; minutes < 34; minutes += 1) {
      clock.advance(60_000);
      line().send({ cmd: 'pingresp' });
    }
    const ended = lineAt(lines, 0).ended;
    lineAt(lines, 0).close();
    clock.advance(20);
    line().open();

    expect(ended).toBe('leave');
    expect(lines).toHaveLength(2);
    expect(line().packets[0]).toMatchObject({ cmd: 'connect' });
    expect(line().packets[0]).not.toEqual(oldToken);
    expect(fleet.counts().counters).toMatchObject({ renewals: 1, lost: 0, connected: 0 });
  });

  it('whose leave the hub does not answer is cut after five seconds', () => {
    const { clock, line } = startScriptedFleet({ chance: 0.999 });
    line().accept();
    for (let halfMinutes = 0; line().ended === undefined; halfMinutes += 1) {
      clock.advance(1000);
      if (halfMinutes % 30 === 0) line().send({ cmd: 'pingresp' });
    }

    clock.advance(3999);
    const before = line().wasCut;
    clock.advance(1001);

    expect([line().ended, before, line().wasCut]).toEqual(['leave', false, true]);
  });
});

describe('a device that flaps', () => {
  it('cuts its connection again and again, and comes back soon', () => {
    const { fleet, clock, lines, line } = startScriptedFleet({ behaviour: { flapMs: 5000 } });

    for (let times = 0; times < 5; times += 1) {
      line().accept();
      clock.advance(5000);
      line().close();
      // The first pause, as after no failure at all.
      clock.advance(770);
    }

    expect(lines).toHaveLength(6);
    expect(lines.slice(0, 5).map(({ ended }) => ended)).toEqual(Array.from({ length: 5 }, () => 'cut'));
    expect(fleet.counts().counters).toMatchObject({ flaps: 5, connects: 5, lost: 0 });
  });
});

describe('a device that is stopped', () => {
  it('takes its leave where it is connected', async () => {
    const { fleet, line } = startScriptedFleet();
    line().accept();

    const stopped = fleet.stop();
    line().close();
    await stopped;

    expect(line().packets.at(-1)).toMatchObject({ cmd: 'disconnect' });
    expect(fleet.counts().counters).toMatchObject({ connected: 0, lost: 0 });
  });

  it('hangs up where it is connecting, which is no failure', async () => {
    const { fleet, line } = startScriptedFleet();
    line().open();

    const stopped = fleet.stop();
    line().close();
    await stopped;

    expect(line().ended).toBe('cut');
    expect(fleet.counts().failures).toEqual({});
  });

  it('does not come back from a pause', async () => {
    const { fleet, clock, lines, line } = startScriptedFleet();
    line().close('ECONNREFUSED');

    await fleet.stop();
    clock.advance(100_000);

    expect(lines).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
