// How doctor judges names and ports, without any network.
import { describe, expect, it } from 'vitest';
import type { Door } from '../../../../src/cli/doctor/probes/network.ts';
import { type DoorFacts, judgeBindable, judgeDoor, judgeHostName, judgeSdkPorts } from '../../../../src/cli/doctor/rules/network.ts';

const HERE = { ownAddresses: ['127.0.0.1', '::1', '192.168.1.5'], listensAt: '192.168.1.5' };

function door(address: string, fault?: string): Door {
  return { address, port: 8443, fault };
}

describe('a host name', () => {
  it.each<readonly [string, readonly string[], { readonly here: typeof HERE | undefined; readonly state: string }]>([
    ['leads to this machine', ['192.168.1.5'], { here: HERE, state: 'ok' }],
    ['leads to this machine among others', ['203.0.113.9', '::1'], { here: HERE, state: 'ok' }],
    ['leads to an address of the loopback that no interface has', ['127.0.0.53'], { here: HERE, state: 'ok' }],
    ['leads elsewhere', ['203.0.113.9'], { here: HERE, state: 'warning' }],
    ['leads elsewhere, where the hub may be', ['203.0.113.9'], { here: undefined, state: 'ok' }],
  ])('that %s', (_, addresses, { here, state }) => {
    const verdict = judgeHostName({ hostName: 'hub.example.com', resolved: { addresses, fault: undefined }, here });

    expect(verdict).toMatchObject({ state, seen: expect.stringContaining(`hub.example.com leads to ${addresses.join(', ')}`) });
  });

  it.each([
    ['of a hub here gets a line for the hosts file', HERE, 'the line `192.168.1.5 hub.example.com`'],
    ['of a hub elsewhere gets no address made up', undefined, 'Correct HostName'],
  ])('that leads nowhere %s', (_, here, advice) => {
    const verdict = judgeHostName({ hostName: 'hub.example.com', resolved: { addresses: [], fault: 'ENOTFOUND' }, here });

    expect(verdict).toMatchObject({ state: 'failed', advice: expect.stringContaining(advice) });
  });

  it('may be an address', () => {
    const resolved = { addresses: ['::1'], fault: undefined };

    expect(judgeHostName({ hostName: '::1', resolved, here: HERE })).toEqual({ state: 'ok', seen: '::1 is an address.' });
  });
});

describe('a port of a hub', () => {
  it.each<readonly [string, Pick<DoorFacts, 'named' | 'local'>, readonly [string, RegExp]]>([
    ['open where the name leads', { named: [door('127.0.0.1')], local: undefined }, ['ok', /^127\.0\.0\.1:8443 accepts/]],
    [
      'open at the second address alone',
      { named: [door('::1', 'ECONNREFUSED'), door('127.0.0.1')], local: undefined },
      ['warning', /but \[::1\]:8443,/],
    ],
    [
      'open where the name does not lead',
      { named: [door('10.0.0.1', 'ETIMEDOUT')], local: door('127.0.0.1') },
      ['failed', /^The hub listens at 127.*10\.0\.0\.1/],
    ],
    [
      'open while the name leads nowhere',
      { named: [], local: door('127.0.0.1') },
      ['skipped', /^The hub listens at 127\.0\.0\.1:8443; the name/],
    ],
    [
      'closed',
      { named: [door('127.0.0.1', 'ECONNREFUSED')], local: door('127.0.0.1', 'ECONNREFUSED') },
      ['failed', /^Nothing listens at 127\.0\.0\.1:8443/],
    ],
    ['silent', { named: [door('10.0.0.1', 'ETIMEDOUT')], local: undefined }, ['failed', /cannot be reached \(ETIMEDOUT\)/]],
    ['at no address', { named: [], local: undefined }, ['skipped', /without an address/]],
  ])('that is %s', (_, doors, [state, seen]) => {
    const verdict = judgeDoor({ flag: '--https-port', port: 8443, ...doors });

    expect(verdict).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });
});

describe('a port for a hub', () => {
  it.each<readonly [string | undefined, boolean, readonly [string, RegExp]]>([
    [undefined, false, ['ok', /free/]],
    ['EADDRINUSE', true, ['failed', /taken by another program/]],
    ['EADDRINUSE', false, ['failed', /taken by another program/]],
    ['EACCES', true, ['failed', /taken by another program/]],
    ['EACCES', false, ['failed', /You may not listen on port 443, and without that right nobody can see/]],
    ['EADDRNOTAVAIL', false, ['failed', /does not have the address/]],
    ['EOTHER', false, ['failed', /\(EOTHER\)/]],
  ])('with fault %s, answered: %s', (fault, answered, [state, seen]) => {
    expect(judgeBindable({ port: 443, fault, answered })).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });
});

describe('the ports of the SDKs', () => {
  it.each([
    [true, true, 'ok'],
    [true, false, 'warning'],
    [false, true, 'warning'],
  ])('that lead to the hub by HTTPS: %s, by MQTT: %s', (https, mqtt, state) => {
    const verdict = judgeSdkPorts({ endpoint: { httpsPort: 8443, mqttPort: 18_883 }, leads: { https, mqtt } });

    expect(verdict.state).toBe(state);
  });
});
