// Which hub a command is for: flags, environment and data dir, in this order.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findHub } from '../../../src/cli/find-hub.ts';
import { type HubRecord, writeHubRecord } from '../../../src/config/hub-record.ts';

const CONNECT = 'HostName=hub.example.com;SharedAccessKeyName=service;SharedAccessKey=a2V5';

const RECORD: HubRecord = {
  version: '1.2.3',
  pid: 4711,
  hostName: 'local',
  hostNames: ['local', 'localhost'],
  bindAddress: undefined,
  httpsPort: 8443,
  mqttPort: 18_883,
  caPath: '/data/ca.pem',
  storePath: '/data/twinhub.db',
  storeName: undefined,
  connectionString: 'HostName=local;SharedAccessKeyName=iothubowner;SharedAccessKey=b3duZXI=',
};

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
  await writeHubRecord(dataDir, RECORD);
});
afterAll(async () => {
  await rm(dataDir, { recursive: true });
});

describe('the hub of a command', () => {
  it('is the one that runs from the data dir', async () => {
    const target = await findHub({ dataDir }, {});

    expect(target).toEqual({
      hostName: 'local',
      hostNames: ['local', 'localhost'],
      address: '127.0.0.1',
      httpsPort: 8443,
      mqttPort: 18_883,
      policyName: 'iothubowner',
      key: 'b3duZXI=',
      caPath: '/data/ca.pem',
      remedy: expect.stringContaining('process 4711'),
    });
  });

  it.each([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
    ['192.168.1.5', '192.168.1.5'],
  ])('is reached, when it listens on %s, at %s, so that nobody need know its name', async (bindAddress, address) => {
    await writeHubRecord(dataDir, { ...RECORD, bindAddress });

    const target = await findHub({ dataDir }, {});

    await writeHubRecord(dataDir, RECORD);
    expect(target).toMatchObject({ hostName: 'local', address });
  });

  it.each([{ connect: CONNECT }, {}])('has the MQTT port that it is said to have', async (options) => {
    const target = await findHub({ ...options, mqttPort: 1883 }, { TWINHUB_DATA_DIR: dataDir });

    expect(target.mqttPort).toBe(1883);
  });

  it('is the one that --connect names', async () => {
    const target = await findHub({ connect: CONNECT, dataDir }, {});

    expect(target).toEqual({
      hostName: 'hub.example.com',
      hostNames: ['hub.example.com'],
      address: 'hub.example.com',
      httpsPort: 443,
      mqttPort: 8883,
      policyName: 'service',
      key: 'a2V5',
      caPath: undefined,
      remedy: 'Check HostName in the connection string, and that the hub runs.',
    });
  });

  it('is the one of the environment only when no flag names another', async () => {
    const env = { TWINHUB_CONNECT: CONNECT };

    expect((await findHub({}, env)).hostName).toBe('hub.example.com');
    expect((await findHub({ dataDir }, env)).hostName).toBe('local');
    expect((await findHub({ connect: CONNECT.replace('hub.', 'other.') }, env)).hostName).toBe('other.example.com');
  });

  it('is found through the data dir of the environment', async () => {
    const target = await findHub({}, { TWINHUB_DATA_DIR: dataDir, TWINHUB_CONNECT: '' });

    expect(target.hostName).toBe('local');
  });

  it.each([{ connect: CONNECT }, {}])('is trusted by the CA of --ca', async (options) => {
    const target = await findHub({ ...options, ca: 'own.pem' }, { TWINHUB_DATA_DIR: dataDir });

    expect(target.caPath).toBe('own.pem');
  });

  it.each([
    ['hub:8443', 'hub', 8443],
    ['192.168.1.5:8443', '192.168.1.5', 8443],
    ['[::1]:8443', '::1', 8443],
    ['[::1]', '::1', 443],
    ['::1', '::1', 443],
  ])('may have a port in its HostName: %s', async (hostName, expectedName, expectedPort) => {
    const target = await findHub({ connect: CONNECT.replace('hub.example.com', hostName) }, {});

    expect([target.hostName, target.httpsPort]).toEqual([expectedName, expectedPort]);
  });

  it('has no port above 65535', async () => {
    await expect(findHub({ connect: CONNECT.replace('.com', '.com:65536') }, {})).rejects.toThrow("'65536' is no port.");
  });
});
