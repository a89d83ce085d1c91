// Goal: everything a newcomer does on the command line works, as text and as JSON, and every mistake gets a sentence and an exit code.
// Method: one hub on free ports, started by the command line, and one process a command; a device app runs on the published SDK under exec.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOn } from '../support/cli-commands.ts';
import { awaitLine, endOf, runCli, startCli } from '../support/run-cli.ts';

const KEYS = { primary: Buffer.alloc(32, 1).toString('base64'), secondary: Buffer.alloc(32, 2).toString('base64') };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let folder: string;
let dataDir: string;
let hub: ChildProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhub test-'));
  dataDir = join(folder, 'data');
  hub = startCli(['start', '--data-dir', dataDir, '--https-port', '0', '--mqtt-port', '0', '--policy', `service=${KEYS.primary}`]);
  await awaitLine(hub, /^twinhub ready/m);
});
afterAll(async () => {
  hub.kill('SIGTERM');
  await endOf(hub);
  await rm(folder, { recursive: true });
});

const { cli, outputOf, jsonOf } = commandsOn(() => dataDir);

describe('device', () => {
  it('create registers a device with random keys', async () => {
    const text = await outputOf('device', 'create', 'created');

    expect(text).toMatch(
      /^device +created\nstatus +enabled\nconnection +Disconnected\nlast activity +never\nprimary key +\S{44}\nsecondary key +\S{44}\netag +\S+\n$/,
    );
  });

  it('create takes keys, status and reason', async () => {
    const options = [
      '--primary-key',
      KEYS.primary,
      '--secondary-key',
      KEYS.secondary,
      '--status',
      'disabled',
      '--status-reason',
      'in stock',
    ];

    const device = await jsonOf('device', 'create', 'given-keys', ...options);

    expect(device).toMatchObject({
      deviceId: 'given-keys',
      generationId: expect.stringMatching(UUID),
      status: 'disabled',
      statusReason: 'in stock',
      authentication: { type: 'sas', symmetricKey: { primaryKey: KEYS.primary, secondaryKey: KEYS.secondary } },
    });
  });

  it('create --disabled is short for a status', async () => {
    expect(await jsonOf('device', 'create', 'disabled', '--disabled')).toMatchObject({ status: 'disabled' });
  });

  it.each([
    [
      'twice',
      ['created'],
      /^error: A device with ID 'created' is already registered\. Change it with `twinhub device update ID`\. \(DeviceAlreadyExists, tracking id [0-9a-f]{32}\)\n$/,
    ],
    ['with an id that is none', ['a b'], /^error: .+\(ArgumentInvalid, tracking id [0-9a-f]{32}\)\n$/],
    ['with half a pair of keys', ['half', '--primary-key', KEYS.primary], /^error: .+\(ArgumentInvalid, tracking id [0-9a-f]{32}\)\n$/],
  ])('create %s is refused', async (_, args, message) => {
    const { code, stdout, stderr } = await cli('device', 'create', ...args);

    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('show prints the same as the API answers, or a list of its values', async () => {
    await outputOf('device', 'create', 'shown');

    const device = await jsonOf('device', 'show', 'shown');
    const text = await outputOf('device', 'show', 'shown');

    expect(device).toMatchObject({ deviceId: 'shown', connectionState: 'Disconnected', lastActivityTime: '0001-01-01T00:00:00Z' });
    expect(text).toMatch(/^device +shown\n/);
  });

  it('takes ids with every character that ids may have', async () => {
    const deviceId = "a-:.+%_#*?!(),=@;$'z";

    const created = await jsonOf('device', 'create', deviceId);
    const twin = await jsonOf('twin', 'show', deviceId);

    expect(created).toMatchObject({ deviceId });
    expect(twin).toMatchObject({ deviceId });
    expect(await outputOf('device', 'delete', deviceId)).toBe(`Deleted ${deviceId}.\n`);
  });

  it('list prints a table, or an array', async () => {
    await outputOf('device', 'create', 'listed');

    const text = await outputOf('device', 'list');
    const devices = await jsonOf('device', 'list');

    expect(text).toMatch(/^DEVICE +STATUS +CONNECTION +LAST ACTIVITY\n/);
    expect(text).toMatch(/^listed +enabled +Disconnected +never$/m);
    expect(devices).toContainEqual(expect.objectContaining({ deviceId: 'listed' }));
  });

  it('update changes what is given and keeps the rest', async () => {
    const before = await jsonOf('device', 'create', 'updated', '--status-reason', 'new');

    const after = await jsonOf('device', 'update', 'updated', '--status', 'disabled');
    const cleared = await jsonOf('device', 'update', 'updated', '--status-reason', '');
    const rekeyed = await jsonOf('device', 'update', 'updated', '--primary-key', KEYS.primary, '--secondary-key', KEYS.secondary);

    const { authentication, generationId } = before as { authentication: unknown; generationId: string };
    expect(after).toMatchObject({ status: 'disabled', statusReason: 'new', authentication, generationId });
    expect(cleared).toMatchObject({ status: 'disabled', statusReason: null, authentication, generationId });
    expect(rekeyed).toMatchObject({ authentication: { symmetricKey: { primaryKey: KEYS.primary, secondaryKey: KEYS.secondary } } });
  });

  it('delete removes a device and its twin', async () => {
    await outputOf('device', 'create', 'deleted');

    const text = await outputOf('device', 'delete', 'deleted');
    const again = await cli('device', 'delete', 'deleted');
    const twin = await cli('twin', 'show', 'deleted');

    expect(text).toBe('Deleted deleted.\n');
    expect(again.stderr).toMatch(/^error: .+\(DeviceNotFound, tracking id [0-9a-f]{32}\)\n$/);
    expect(twin.stderr).toMatch(/\(DeviceNotFound, /);
    expect([again.code, twin.code]).toEqual([1, 1]);
  });

  it('delete prints nothing with --json, as the API answers nothing', async () => {
    await outputOf('device', 'create', 'deleted-silently');

    expect(await outputOf('--json', 'device', 'delete', 'deleted-silently')).toBe('');
  });

  it('connection-string prints one line for the device app', async () => {
    await outputOf('device', 'create', 'connecting', '--primary-key', KEYS.primary, '--secondary-key', KEYS.secondary);

    expect(await outputOf('device', 'connection-string', 'connecting')).toBe(
      `HostName=localhost;DeviceId=connecting;SharedAccessKey=${KEYS.primary}\n`,
    );
    expect(await jsonOf('device', 'connection-string', 'connecting', '--secondary')).toEqual({
      connectionString: `HostName=localhost;DeviceId=connecting;SharedAccessKey=${KEYS.secondary}`,
    });
  });

  it.each(['show', 'update --status disabled', 'delete', 'connection-string'])(
    '%s of an unknown device says how to register it',
    async (line) => {
      const [verb = '', ...options] = line.split(' ');

      const { code, stdout, stderr } = await cli('device', verb, 'unknown', ...options);

      expect(stderr).toMatch(/^error: .*Create it with `twinhub device create ID`\. \(DeviceNotFound, tracking id [0-9a-f]{32}\)\n$/);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    },
  );
});

describe('policy', () => {
  it('list prints the five policies and what they may do', async () => {
    const text = await outputOf('policy', 'list');
    const policies = await jsonOf('policy', 'list');

    expect(text).toMatch(/^POLICY +PERMISSIONS\n/);
    expect(text).toMatch(/^registryReadWrite +RegistryRead, RegistryWrite$/m);
    expect(policies).toHaveLength(5);
    expect(policies).toContainEqual(
      expect.objectContaining({ name: 'service', permissions: ['ServiceConnect'], primaryKey: KEYS.primary }),
    );
  });

  it('show prints the keys of one', async () => {
    expect(await outputOf('policy', 'show', 'service')).toMatch(
      new RegExp(`^policy +service\npermissions +ServiceConnect\nprimary key +${RegExp.escape(KEYS.primary)}\nsecondary key +\\S{44}\n$`),
    );
    expect(await jsonOf('policy', 'show', 'device')).toMatchObject({ name: 'device', permissions: ['DeviceConnect'] });
  });

  it('connection-string prints one line for the back-end app', async () => {
    const expected = `HostName=localhost;SharedAccessKeyName=service;SharedAccessKey=${KEYS.primary}`;

    expect(await outputOf('policy', 'connection-string', 'service')).toBe(`${expected}\n`);
    expect(await jsonOf('policy', 'connection-string', 'service')).toEqual({ connectionString: expected });
    expect(await outputOf('policy', 'connection-string', 'service', '--secondary')).not.toContain(KEYS.primary);
  });

  it.each(['show', 'connection-string'])('%s of an unknown policy is refused', async (verb) => {
    const { code, stderr } = await cli('policy', verb, 'owner');

    expect(stderr).toMatch(/^error: There is no policy 'owner'\. The policies are .+\. \(GenericNotFound, tracking id [0-9a-f]{32}\)\n$/);
    expect(code).toBe(1);
  });
});

describe('twin', () => {
  const PATCH = '{"tags":{"floor":1},"properties":{"desired":{"interval":5}}}';

  it('show prints the sections, or the whole document', async () => {
    await outputOf('device', 'create', 'twin-shown');
    await outputOf('twin', 'patch', 'twin-shown', PATCH);

    const text = await outputOf('twin', 'show', 'twin-shown');
    const twin = await jsonOf('twin', 'show', 'twin-shown');

    expect(text).toContain('tags\n  {\n    "floor": 1\n  }\n');
    expect(text).toContain('desired, version 2\n  {\n    "interval": 5\n  }\n');
    expect(text).toMatch(/reported, version 1\n {2}\{\}\n$/);
    expect(twin).toMatchObject({ properties: { desired: { interval: 5, $version: 2, $metadata: expect.anything() } } });
  });

  it('patch takes JSON from the line, a file, or standard input', async () => {
    await outputOf('device', 'create', 'twin-patched');
    const file = join(folder, 'patch.json');
    await writeFile(file, '{"tags":{"from":"file"}}');

    expect(await jsonOf('twin', 'patch', 'twin-patched', '{"tags":{"from":"line"}}')).toMatchObject({ tags: { from: 'line' } });
    expect(await jsonOf('twin', 'patch', 'twin-patched', `@${file}`)).toMatchObject({ tags: { from: 'file' } });
    const piped = await runCli(['--data-dir', dataDir, '--json', 'twin', 'patch', 'twin-patched', '-'], {
      input: '{"tags":{"from":"input"}}',
    });
    expect(JSON.parse(piped.stdout)).toMatchObject({ tags: { from: 'input' } });
  });

  it('patch with an etag changes only the twin that has it', async () => {
    await outputOf('device', 'create', 'twin-etag');
    const { etag } = (await jsonOf('twin', 'show', 'twin-etag')) as { etag: string };

    const first = await cli('twin', 'patch', 'twin-etag', PATCH, '--etag', etag);
    const second = await cli('twin', 'patch', 'twin-etag', PATCH, '--etag', etag);

    expect(first.code).toBe(0);
    expect(second.stderr).toMatch(/^error: .+Read it again, then repeat the change\. \(PreconditionFailed, tracking id [0-9a-f]{32}\)\n$/);
    expect(second.code).toBe(1);
  });

  it('patch from empty input is wrong usage', async () => {
    const { code, stderr } = await cli('twin', 'patch', 'unknown', '-');

    expect(stderr).toBe('error: What - stands for is no JSON. Give JSON in quotes, @FILE, or - for standard input.\n');
    expect(code).toBe(2);
  });

  it('patch that breaks a rule is refused', async () => {
    await outputOf('device', 'create', 'twin-refused');

    const { code, stderr } = await cli('twin', 'patch', 'twin-refused', '{"tags":{"a.b":1}}');

    expect(stderr).toMatch(/^error: .+\(ArgumentInvalid, tracking id [0-9a-f]{32}\)\n$/);
    expect(code).toBe(1);
  });
});

describe('method invoke', () => {
  const SDK = createRequire(import.meta.url);
  /** Answers `echo` with its payload, and `broken` with status 500. */
  const APP = `
    const { Client } = require(${JSON.stringify(SDK.resolve('azure-iot-device'))});
    const { Mqtt } = require(${JSON.stringify(SDK.resolve('azure-iot-device-mqtt'))});
    const client = Client.fromConnectionString(process.env.DEVICE, Mqtt);
    client.onDeviceMethod('echo', (request, response) => response.send(200, { got: request.payload }, () => undefined));
    client.onDeviceMethod('broken', (request, response) => response.send(500, undefined, () => undefined));
    client.open().then(() => client.getTwin()).then(() => console.log('connected'));`;
  let app: ChildProcess;

  beforeAll(async () => {
    await outputOf('device', 'create', 'online');
    await outputOf('device', 'create', 'offline');
    const DEVICE = (await outputOf('device', 'connection-string', 'online')).trim();
    app = startCli(['--data-dir', dataDir, 'exec', '--', process.execPath, '-e', APP], { env: { DEVICE } });
    await awaitLine(app, /^connected$/m);
  });
  afterAll(async () => {
    app.kill('SIGTERM');
    await endOf(app);
  });

  it('prints the status and payload that the device answers', async () => {
    const payload = '{"list":[1,"two",null]}';

    expect(await outputOf('method', 'invoke', 'online', 'echo', '--payload', '7')).toBe('status 200\n{\n  "got": 7\n}\n');
    expect(await jsonOf('method', 'invoke', 'online', 'echo', '--payload', payload)).toEqual({
      status: 200,
      payload: { got: JSON.parse(payload) },
    });
    expect(await jsonOf('method', 'invoke', 'online', 'echo')).toEqual({ status: 200, payload: { got: null } });
  });

  it('has done its work also when the device answers an error', async () => {
    expect(await outputOf('method', 'invoke', 'online', 'broken')).toBe('status 500\nnull\n');
  });

  it('shows the device as connected meanwhile', async () => {
    expect(await outputOf('device', 'list')).toMatch(/^online +enabled +Connected +\d{4}-/m);
  });

  it.each([
    [
      'offline',
      ['echo'],
      /^error: .+ Start the device app, or wait for it with --connect-timeout\. \(DeviceNotOnline, tracking id [0-9a-f]{32}\)\n$/,
    ],
    ['offline', ['echo', '--connect-timeout', '1', '--response-timeout', '5'], /^error: .+\(DeviceNotOnline, /],
    ['online', ['silent', '--response-timeout', '5'], /^error: .+\(GatewayTimeout, tracking id [0-9a-f]{32}\)\n$/],
    ['online', ['echo', '--response-timeout', '4'], /^error: .+\(ArgumentInvalid, tracking id [0-9a-f]{32}\)\n$/],
    ['unknown', ['echo'], /^error: .+\(DeviceNotFound, tracking id [0-9a-f]{32}\)\n$/],
  ])('on a device that is %s, with %j, tells why not', async (deviceId, args, message) => {
    const { code, stdout, stderr } = await cli('method', 'invoke', deviceId, ...args);

    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe('--connect', () => {
  it('reaches the hub from elsewhere, as far as its policy allows', async () => {
    const { httpsPort }: { httpsPort: number } = JSON.parse(await readFile(join(dataDir, 'hub.json'), 'utf8'));
    const connect = `HostName=localhost:${httpsPort};SharedAccessKeyName=service;SharedAccessKey=${KEYS.primary}`;
    await outputOf('device', 'create', 'elsewhere');
    const surroundings = { cwd: folder, env: { TWINHUB_CONNECT: connect } };

    const twin = await runCli(['--ca', join(dataDir, 'ca.pem'), 'twin', 'show', 'elsewhere'], surroundings);
    const list = await runCli(['--ca', join(dataDir, 'ca.pem'), 'device', 'list'], surroundings);
    const untrusted = await runCli(['device', 'list', '--connect', connect], { cwd: folder });

    expect(twin.stdout).toMatch(/^device +elsewhere\n/);
    expect(list.stderr).toMatch(/^error: .+\(IotHubUnauthorizedAccess, tracking id [0-9a-f]{32}\)\n$/);
    expect(untrusted.stderr).toMatch(/^error: The certificate of localhost:\d+ is not trusted\./);
    expect([twin.code, list.code, untrusted.code]).toEqual([0, 1, 1]);
  });
});

describe('audit list', () => {
  it('shows who wrote what, newest first, as a table or an array', async () => {
    await outputOf('device', 'create', 'audited');
    await outputOf('twin', 'patch', 'audited', '{"tags":{"site":"Bonn"}}');

    const text = await outputOf('audit', 'list', '--target', 'audited');
    const entries = await jsonOf('audit', 'list', '--target', 'audited', '--action', 'twin.');

    expect(text).toMatch(/^TIME +ACTION +TARGET +POLICY +FROM +VERSION +DETAIL\n/);
    expect(text).toMatch(
      / twin\.patch +audited +iothubowner +127\.0\.0\.1 +2 > 3 +tags\n.+ device\.create +audited +iothubowner .+ - > \S+\n$/,
    );
    expect(entries).toMatchObject([{ action: 'twin.patch', target: 'audited', policy: 'iothubowner', before: '2', after: '3' }]);
  });

  it('says when there is more than was asked for, and when nothing was found', async () => {
    const { stdout, stderr } = await cli('audit', 'list', '--limit', '1');
    const nothing = await outputOf('audit', 'list', '--target', 'nobody');

    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toBe('There are more than these 1 entries. Ask for more with --limit.\n');
    expect(nothing).toBe('No writes were found.\n');
  });

  it('refuses a time that is none', async () => {
    const { code, stderr } = await cli('audit', 'list', '--since', 'yesterday');

    expect(stderr).toMatch(/^error: 'since' must be a time such as 2026-01-31T12:00:00Z\. \(ArgumentInvalid, /);
    expect(code).toBe(1);
  });
});
