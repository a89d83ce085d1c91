// Goal: a hub that runs for months serves a certificate that is good. Method: its certificate clock is moved past the day of renewal.
import { once } from 'node:events';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/domain/limits.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { openTestHub } from '../support/test-hub.ts';

const DAY_MS = 24 * 3600 * 1000;

test('A running hub renews its certificate on both ports before it expires, not earlier, and keeps its CA.', async () => {
  const machineClock = new FakeClock(Date.now());
  await using hub = await openTestHub({ machineClock });
  const ports = [hub.httpsPort, hub.mqttPort];
  const first = await shownOn(ports);
  const daysToRenewal = LIMITS.serverCertificateDays.value - LIMITS.serverCertificateRenewDays.value;

  machineClock.advance((daysToRenewal - 2) * DAY_MS);
  await expect.poll(() => machineClock.pendingTimers).toBe(1);
  const shortlyBefore = await shownOn(ports);
  machineClock.advance(DAY_MS);
  await expect.poll(() => machineClock.pendingTimers).toBe(1);
  machineClock.advance(DAY_MS);

  expect(shortlyBefore).toEqual(first);
  await expect.poll(async () => (await shownOn(ports)).every(({ serial }, index) => serial !== first[index]?.serial)).toBe(true);
  expect((await shownOn(ports)).map(({ issuer }) => issuer)).toEqual(first.map(({ issuer }) => issuer));
});

async function shownOn(ports: readonly number[]): Promise<readonly { serial: string; issuer: string }[]> {
  return Promise.all(
    ports.map(async (port) => {
      // What is shown is looked at here; a renewed one is not valid yet by the clock of the machine.
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (!certificate) throw new Error('no certificate was shown');
      return { serial: certificate.serialNumber, issuer: certificate.issuer };
    }),
  );
}
