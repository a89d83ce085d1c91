// The note in the data dir: what is written is read, and every other state of the file is a clear sentence.
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findHubRecord, type HubRecord, readHubRecord, removeHubRecord, writeHubRecord } from '../../../src/config/hub-record.ts';

const RECORD: HubRecord = {
  version: '1.2.3',
  pid: 4711,
  hostName: 'hub',
  hostNames: ['hub', 'localhost'],
  bindAddress: '192.168.1.5',
  httpsPort: 8443,
  mqttPort: 18_883,
  caPath: '/data/ca.pem',
  storePath: '/data/twinhub.db',
  storeName: undefined,
  connectionString: 'HostName=hub;SharedAccessKeyName=iothubowner;SharedAccessKey=a2V5',
};

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

describe('the record of a running hub', () => {
  it.each([
    RECORD,
    { ...RECORD, caPath: undefined },
    { ...RECORD, bindAddress: undefined },
    { ...RECORD, storePath: undefined },
    { ...RECORD, storeName: 'postgres://db/hub, schema twinhub' },
  ])('is read as it was written', async (record) => {
    await writeHubRecord(dataDir, record);

    expect(await readHubRecord(dataDir)).toEqual(record);
  });

  it('is for its owner alone and leaves nothing beside it', async () => {
    await writeHubRecord(dataDir, RECORD);

    expect((await stat(join(dataDir, 'hub.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['hub.json']);
  });

  it('replaces an older one', async () => {
    await writeHubRecord(dataDir, RECORD);

    await writeHubRecord(dataDir, { ...RECORD, pid: 4712 });

    expect((await readHubRecord(dataDir)).pid).toBe(4712);
  });

  it('is gone after it was removed', async () => {
    await writeHubRecord(dataDir, RECORD);

    await removeHubRecord(dataDir, RECORD.pid);
    await removeHubRecord(dataDir, RECORD.pid);

    expect(await readdir(dataDir)).toEqual([]);
  });

  it('is not removed by another process', async () => {
    await writeHubRecord(dataDir, RECORD);

    await removeHubRecord(dataDir, RECORD.pid + 1);

    expect(await findHubRecord(dataDir)).toEqual(RECORD);
  });
});

describe('a missing record', () => {
  it('is nothing to find, and a sentence with the way out to read', async () => {
    expect(await findHubRecord(dataDir)).toBeUndefined();
    await expect(readHubRecord(dataDir)).rejects.toMatchObject({
      kind: 'environment',
      message: `No hub runs from ${dataDir}. Start one with \`twinhub start\`, name its folder with --data-dir, or name a hub with --connect.`,
    });
  });

  it('is the same in a folder that does not exist, or is a file', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');

    expect(await findHubRecord(join(dataDir, 'missing'))).toBeUndefined();
    expect(await findHubRecord(file)).toBeUndefined();
  });
});

describe('a damaged record', () => {
  it.each([
    ['empty', ''],
    ['cut off', JSON.stringify(RECORD).slice(0, -10)],
    ['no object', '[]'],
    ...Object.keys(RECORD).map((name) => [`with a wrong ${name}`, JSON.stringify({ ...RECORD, [name]: { a: 1 } })]),
    ['with a number among the host names', JSON.stringify({ ...RECORD, hostNames: ['hub', 1] })],
    ['without a port', JSON.stringify({ ...RECORD, httpsPort: undefined })],
  ])('that is %s is refused with its path', async (_, text) => {
    await writeFile(join(dataDir, 'hub.json'), text);

    await expect(readHubRecord(dataDir)).rejects.toMatchObject({
      kind: 'environment',
      message: `Cannot read ${dataDir}/hub.json (it is not what \`twinhub start\` writes). Start the hub again, or name it with --connect.`,
    });
  });

  it('that cannot be read is refused with the reason', async () => {
    await mkdir(join(dataDir, 'hub.json'));

    await expect(readHubRecord(dataDir)).rejects.toThrow(/^Cannot read .*hub\.json \(EISDIR/);
  });
});
