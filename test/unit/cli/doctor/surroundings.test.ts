// How doctor judges disk, store, Node.js, the environment and SDKs, and how it reports.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failed, type Finding, ok, skipped, warning } from '../../../../src/cli/doctor/finding.ts';
import { hasFailed, reportForPeople, reportForScripts } from '../../../../src/cli/doctor/report.ts';
import { judgeFolder, judgeSpace, judgeStore } from '../../../../src/cli/doctor/rules/data.ts';
import {
  judgeNode,
  judgeProxy,
  judgeSdks,
  judgeTlsSwitch,
  KNOWN_SDKS,
  NODE_MIN_MAJOR,
} from '../../../../src/cli/doctor/rules/surroundings.ts';
import type { StoreInspection } from '../../../../src/ports/store-inspection.ts';
import manifest from '../../../../package.json' with { type: 'json' };

const MIB = 1024 * 1024;

describe('a data dir', () => {
  it.each<readonly [Parameters<typeof judgeFolder>[1], string, RegExp]>([
    [{ kind: 'usable', exposed: [] }, 'ok', /for their owner alone/],
    [{ kind: 'usable', exposed: ['ca-key.pem'] }, 'warning', /ca-key\.pem/],
    [{ kind: 'absent' }, 'skipped', /no folder \/data/],
    [{ kind: 'unusable', fault: 'EACCES' }, 'failed', /EACCES/],
  ])('that is %j', (facts, state, seen) => {
    expect(judgeFolder('/data', facts)).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });
});

describe('disk space', () => {
  it.each([
    [128 * MIB - 1, 'failed'],
    [128 * MIB, 'warning'],
    [1024 * MIB - 1, 'warning'],
    [1024 * MIB, 'ok'],
    [undefined, 'skipped'],
  ])('of %s bytes', (bytes, state) => {
    expect(judgeSpace(bytes).state).toBe(state);
  });
});

describe('a store', () => {
  const DATABASE = {
    kind: 'readable',
    path: '/db',
    bytes: 5000,
    logBytes: 0,
    schemaVersion: 2,
    newestVersion: 2,
    integrity: 'intact',
  } as const;

  const SERVED = { kind: 'served', name: 'postgres://db/hub, schema a', bytes: 5000, newestVersion: 2 } as const;

  it.each<readonly [StoreInspection, string, RegExp]>([
    [DATABASE, 'ok', /^\/db, 5 KiB, schema 2, intact\.$/],
    [{ ...DATABASE, integrity: 'damaged' }, 'failed', /damaged/],
    [{ ...DATABASE, integrity: 'unknown', bytes: 3 * 1024 * MIB }, 'skipped', /3\.0 GiB.*too large/],
    [{ ...DATABASE, schemaVersion: 1 }, 'warning', /next start makes schema 2/],
    [{ ...DATABASE, schemaVersion: 0 }, 'ok', /schema 0/],
    [{ ...DATABASE, logBytes: 512 * MIB }, 'ok', /intact/],
    [{ ...DATABASE, logBytes: 512 * MIB + 1 }, 'warning', /its log has grown to 512 MiB/],
    [{ kind: 'absent', path: '/db' }, 'skipped', /no database \/db/],
    [{ kind: 'ephemeral' }, 'ok', /forgotten/],
    [{ kind: 'elsewhere', name: 'postgres://db/hub, schema twinhub' }, 'skipped', /^postgres:\/\/db\/hub, schema twinhub: .*no password/],
    [{ ...SERVED, schemaVersion: 2 }, 'ok', /^postgres:\/\/db\/hub, schema a, 5 KiB, schema version 2\.$/],
    [{ ...SERVED, schemaVersion: 1 }, 'warning', /next start makes schema 2/],
    [{ kind: 'unusable', path: '/db', reason: 'The store is damaged. Restore it from a backup.' }, 'failed', /^\/db cannot be used\.$/],
  ])('that is %j', (store, state, seen) => {
    expect(judgeStore(store)).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });
});

describe('Node.js', () => {
  it.each([
    ['23.11.1', 'failed'],
    ['24.0.0', 'ok'],
    ['100.0.0', 'ok'],
  ])('%s', (version, state) => {
    expect(judgeNode(version).state).toBe(state);
  });

  it('is asked for in the version that the package asks for', () => {
    expect(manifest.engines.node).toBe(`>=${NODE_MIN_MAJOR}`);
  });
});

describe('the switch that turns certificates off', () => {
  it.each([
    [{}, 'ok'],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '1' }, 'ok'],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'warning'],
  ])('in %j', (env, state) => {
    expect(judgeTlsSwitch(env).state).toBe(state);
  });
});

describe('a proxy', () => {
  const PROXY = 'http://user:hidden@proxy:3128';

  it.each<readonly [Readonly<Record<string, string>>, string]>([
    [{}, 'ok'],
    [{ HTTPS_PROXY: '' }, 'ok'],
    [{ HTTPS_PROXY: PROXY }, 'warning'],
    [{ all_proxy: PROXY, NO_PROXY: 'example.com,localhost' }, 'warning'],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: 'localhost, hub.example.com' }, 'ok'],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: '', no_proxy: '.example.com' }, 'ok'],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: '*.example.com:443' }, 'ok'],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: '*' }, 'ok'],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: 'HUB.Example.com' }, 'ok'],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: 'ample.com' }, 'warning'],
  ])('in %j', (env, state) => {
    const verdict = judgeProxy(env, env['all_proxy'] === undefined ? 'Hub.example.com' : 'hub');

    expect(verdict.state).toBe(state);
    expect(JSON.stringify(verdict)).not.toContain('hidden');
  });
});

describe('SDKs', () => {
  it('are those that the tests run and that the compatibility page names', () => {
    const page = readFileSync(new URL('../../../../docs/compatibility.md', import.meta.url), 'utf8');
    const tested = Object.fromEntries(Object.entries(manifest.devDependencies).filter(([name]) => name.startsWith('azure-iot')));

    expect(KNOWN_SDKS).toEqual(tested);
    for (const [name, version] of Object.entries(KNOWN_SDKS)) expect(page).toContain(`\`${name}\` ${version}`);
  });

  it.each<readonly [Readonly<Record<string, string>>, string, RegExp]>([
    [{}, 'skipped', /finds no Azure IoT SDK/],
    [{ 'azure-iothub': '1.16.6' }, 'ok', /^azure-iothub 1\.16\.6\.$/],
    [{ 'azure-iothub': '1.16.7' }, 'warning', /tested with azure-iothub 1\.16\.6\./],
    [{ 'azure-iot-device-amqp': '1.14.4' }, 'failed', /cannot connect by azure-iot-device-amqp/],
    [{ 'azure-iot-device-amqp': '1.14.4', 'azure-iot-device-mqtt': '1.16.4' }, 'ok', /amqp 1\.14\.4, azure-iot-device-mqtt/],
  ])('%j', (installed, state, seen) => {
    const packages = Object.entries(installed).map(([name, version]) => ({ name, version }));

    expect(judgeSdks(packages, '/app')).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });
});

describe('the report', () => {
  const FINDINGS: readonly Finding[] = [
    { check: 'node', ...ok('Fine.') },
    { check: 'host name', ...failed('It leads nowhere.', 'Correct it.') },
    { check: 'proxy', ...warning('One is set.', 'Add NO_PROXY.') },
    { check: 'clock', ...skipped('Not seen.', 'Mend the rest.') },
  ];

  it('has a line for each check, a line for what to do, and where to begin', () => {
    expect(reportForPeople(FINDINGS)).toBe(
      [
        'ok       node       Fine.',
        'failed   host name  It leads nowhere.',
        '                    -> Correct it.',
        'warning  proxy      One is set.',
        '                    -> Add NO_PROXY.',
        'skipped  clock      Not seen.',
        '                    -> Mend the rest.',
        '',
        "1 failed, 1 warning, 1 skipped, 1 ok. Begin with 'host name'.",
      ].join('\n'),
    );
  });

  it('is the same as data', () => {
    expect(JSON.parse(reportForScripts(FINDINGS))).toEqual({ ok: false, checks: FINDINGS });
  });

  it('counts a failure as one and nothing else', () => {
    expect([FINDINGS, FINDINGS.filter(({ state }) => state !== 'failed')].map(hasFailed)).toEqual([true, false]);
  });
});
