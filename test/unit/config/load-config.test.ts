// From flags and environment to a configuration: defaults, precedence, and what each option refuses.
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, loadDataDir } from '../../../src/config/load-config.ts';
import { OPTIONS, type OptionFlags } from '../../../src/config/options.ts';
import { SetupError } from '../../../src/domain/setup-error.ts';

const KEY = 'c2VydmljZS1rZXktMDAwMQ==';

function load(flags: OptionFlags = {}, env: Record<string, string> = {}): ReturnType<typeof loadConfig> {
  return loadConfig({ flags, env });
}

function faultOf(run: () => unknown): SetupError {
  try {
    run();
  } catch (error) {
    if (error instanceof SetupError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a configuration', () => {
  it('has a default for everything', () => {
    const config = load();

    expect(config).toEqual({
      dataDir: resolve('.twinhub'),
      hostNames: ['localhost', '127.0.0.1', '::1'],
      primaryHostName: 'localhost',
      httpsPort: 443,
      mqttPort: 8883,
      bindAddress: undefined,
      store: { kind: 'sqlite', path: resolve('.twinhub/twinhub.db') },
      policyKeys: new Map(),
      tls: undefined,
      logLevel: 'info',
      strictQueries: false,
      autoIndexes: 0,
    });
  });

  it('takes every option from the command line', () => {
    const config = load({
      dataDir: '/data',
      hostname: ['hub.example.com', '192.168.1.5'],
      httpsPort: '8443',
      mqttPort: '0',
      bind: '127.0.0.1',
      store: 'ephemeral',
      policy: [`service=${KEY}`],
      tlsCert: '/tls/cert.pem',
      tlsKey: '/tls/key.pem',
      logLevel: 'debug',
      strictQueries: 'true',
      autoIndex: '3',
    });

    expect(config).toEqual({
      dataDir: '/data',
      hostNames: ['hub.example.com', '192.168.1.5', 'localhost', '127.0.0.1', '::1'],
      primaryHostName: 'hub.example.com',
      httpsPort: 8443,
      mqttPort: 0,
      bindAddress: '127.0.0.1',
      store: { kind: 'ephemeral' },
      policyKeys: new Map([['service', KEY]]),
      tls: { certPath: '/tls/cert.pem', keyPath: '/tls/key.pem' },
      logLevel: 'debug',
      strictQueries: true,
      autoIndexes: 3,
    });
  });

  it('takes every option from the environment', () => {
    const config = load(
      {},
      {
        TWINHUB_DATA_DIR: '/data',
        TWINHUB_HOSTNAME: 'hub.example.com, HUB',
        TWINHUB_HTTPS_PORT: '8443',
        TWINHUB_MQTT_PORT: '18883',
        TWINHUB_BIND: '::1',
        TWINHUB_STORE: 'sqlite:/db/hub.db',
        TWINHUB_POLICY: `service=${KEY},device=${KEY}`,
        TWINHUB_TLS_CERT: '/tls/cert.pem',
        TWINHUB_TLS_KEY: '/tls/key.pem',
        TWINHUB_LOG_LEVEL: 'silent',
        TWINHUB_STRICT_QUERIES: 'true',
        TWINHUB_AUTO_INDEX: '3',
      },
    );

    expect(config).toEqual({
      dataDir: '/data',
      hostNames: ['hub.example.com', 'hub', 'localhost', '127.0.0.1', '::1'],
      primaryHostName: 'hub.example.com',
      httpsPort: 8443,
      mqttPort: 18_883,
      bindAddress: '::1',
      store: { kind: 'sqlite', path: '/db/hub.db' },
      policyKeys: new Map([
        ['service', KEY],
        ['device', KEY],
      ]),
      tls: { certPath: '/tls/cert.pem', keyPath: '/tls/key.pem' },
      logLevel: 'silent',
      strictQueries: true,
      autoIndexes: 3,
    });
  });

  it('prefers a flag to the environment, and that to the default', () => {
    const env = { TWINHUB_HTTPS_PORT: '1', TWINHUB_MQTT_PORT: '2' };

    const config = load({ httpsPort: '3' }, env);

    expect(config.httpsPort).toBe(3);
    expect(config.mqttPort).toBe(2);
  });

  it('reads an empty variable as absent', () => {
    const config = load({}, { TWINHUB_HTTPS_PORT: '', TWINHUB_STORE: '' });

    expect(config.httpsPort).toBe(443);
    expect(config.store.kind).toBe('sqlite');
  });

  it('puts the database into the data dir, wherever that is', () => {
    const config = load({ dataDir: '/data' });

    expect(config.store).toEqual({ kind: 'sqlite', path: '/data/twinhub.db' });
  });

  it('cannot be changed', () => {
    const config = load({ tlsCert: 'a', tlsKey: 'b' });

    for (const part of [config, config.hostNames, config.store, config.tls]) expect(Object.isFrozen(part)).toBe(true);
  });
});

describe('host names', () => {
  it.each([
    ['in lower case', ['Hub.Example.COM'], 'hub.example.com'],
    ['that containers make', ['my_hub_1'], 'my_hub_1'],
    ['of the greatest length', [`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`], undefined],
    ['as IPv6 addresses in brackets', ['[fe80::1]'], 'fe80::1'],
    ['as IPv4 addresses', ['10.0.0.1'], '10.0.0.1'],
  ])('are taken %s', (_, hostname, expected) => {
    const config = load({ hostname });

    expect(config.primaryHostName).toBe(expected ?? hostname[0]);
  });

  it('are listed once each', () => {
    const config = load({ hostname: ['::1', 'hub', 'HUB', 'localhost'] });

    expect(config.hostNames).toEqual(['::1', 'hub', 'localhost', '127.0.0.1']);
  });

  it.each([
    '',
    ' ',
    'https://hub',
    'hub:8443',
    'hub/path',
    '-hub',
    'hub-',
    'a..b',
    'hub.',
    '1.2.3',
    '*.example.com',
    `${'a'.repeat(64)}`,
    'hüb',
    'hub,',
  ])('are not %j', (name) => {
    const fault = faultOf(() => load({ hostname: [name] }));

    expect(fault.kind).toBe('usage');
    expect(fault.message).toMatch(/^--hostname: '.*' is no host name\. Give /);
  });
});

describe('a store on a PostgreSQL server', () => {
  it('has a schema of its own and a name without the password', () => {
    expect(load({ store: 'postgres://ann:secret@db:5433/hub' }).store).toEqual({
      kind: 'postgres',
      url: 'postgres://ann:secret@db:5433/hub',
      schema: 'twinhub',
      name: 'postgres://db:5433/hub, schema twinhub',
    });
  });

  it('may be in another schema and behind a socket', () => {
    expect(load({ store: 'postgresql://localhost/hub?host=%2Ftmp%2Fpg&schema=east_2' }).store).toEqual({
      kind: 'postgres',
      url: 'postgresql://localhost/hub?host=%2Ftmp%2Fpg',
      schema: 'east_2',
      name: 'postgres:///tmp/pg/hub, schema east_2',
    });
  });
});

describe('each option', () => {
  it.each([
    ['httpsPort', '0', 0],
    ['httpsPort', '65535', 65_535],
    ['mqttPort', '1', 1],
  ] as const)('%s accepts %s', (name, text, expected) => {
    expect(load({ [name]: text })[name]).toBe(expected);
  });

  it.each([
    ['httpsPort', '65536', "--https-port: '65536' is no port."],
    ['httpsPort', '-1', "--https-port: '-1' is no port."],
    ['mqttPort', '8883.0', "--mqtt-port: '8883.0' is no port."],
    ['autoIndex', '17', "--auto-index: '17' is no number of indexes. Give one from 0 to 16."],
    ['autoIndex', '-1', "--auto-index: '-1' is no number of indexes. Give one from 0 to 16."],
    ['autoIndex', 'many', "--auto-index: 'many' is no number of indexes. Give one from 0 to 16."],
    ['mqttPort', '0x10', "--mqtt-port: '0x10' is no port."],
    ['mqttPort', ' 1', "--mqtt-port: ' 1' is no port."],
    ['bind', 'localhost', "--bind: 'localhost' is no IP address."],
    ['bind', '127.0.0.1:80', "--bind: '127.0.0.1:80' is no IP address."],
    ['store', 'sqlite:', '--store: The store is unknown.'],
    ['store', 'mysql://me:secret@host', '--store: The store is unknown.'],
    ['store', 'postgres://me:secret@host', '--store: The URL names no database.'],
    ['store', 'postgresql://host/', '--store: The URL names no database.'],
    ['store', 'postgres://me:secret@host:port/hub', '--store: The URL names no database.'],
    ['store', 'postgres:me:secret@host/hub', '--store: The URL names no database.'],
    ['store', 'postgres://me:12/secret@host/hub', '--store: The URL names no database.'],
    ['store', 'postgres://me:secret@host/hub?schema=Hub', "--store: 'Hub' is no name of a schema."],
    ['store', 'postgres://me:secret@host/hub?schema=pg_hub', "--store: 'pg_hub' is no name of a schema."],
    ['store', 'postgres://me:secret@host/hub?schema=', "--store: '' is no name of a schema."],
    ['store', `postgres://host/hub?schema=${'a'.repeat(64)}`, 'is no name of a schema.'],
    ['store', 'postgres://me:secret@host/hub?options=-c%20search_path=x', '--store: The hub sets the options'],
    ['logLevel', 'INFO', "--log-level: 'INFO' is no log level. Use one of debug, info, warn, error, silent."],
    ['dataDir', '', '--data-dir: The path is empty.'],
    ['policy', 'service', '--policy: A policy key has the form NAME=BASE64KEY'],
    ['policy', `=${KEY}`, '--policy: A policy key has the form NAME=BASE64KEY'],
    ['policy', `owner=${KEY}`, "--policy: There is no policy 'owner'. The policies are iothubowner, service,"],
    ['policy', `toString=${KEY}`, "--policy: There is no policy 'toString'."],
  ] as const)('%s refuses %j', (name, text, message) => {
    const fault = faultOf(() => load({ [name]: text }));

    expect(fault.kind).toBe('usage');
    expect(fault.message).toContain(message);
    expect(fault.message).not.toContain('secret');
  });

  it('names the variable when the value comes from the environment', () => {
    const fault = faultOf(() => load({}, { TWINHUB_MQTT_PORT: 'x' }));

    expect(fault.message).toBe("TWINHUB_MQTT_PORT: 'x' is no port. Give a number from 1 to 65535, or 0 for any free port.");
  });

  it.each([16, 64])('accepts policy keys of 16 to 64 bytes, so also of %i', (bytes) => {
    const key = Buffer.alloc(bytes, 7).toString('base64');

    expect(load({ policy: [`device=${key}`] }).policyKeys.get('device')).toBe(key);
  });

  it.each([0, 15, 65])('accepts no policy key of %i bytes', (bytes) => {
    const key = Buffer.alloc(bytes, 7).toString('base64');

    const fault = faultOf(() => load({ policy: [`device=${key}`] }));

    expect(fault.message).toBe("--policy: The key of policy 'device' is not the base64 of 16 to 64 bytes.");
  });

  it.each([KEY.slice(0, -1), `${KEY}=`, KEY.replace('=', '!'), KEY.replace('Q=', 'R=')])(
    'accepts no policy key that is not base64: %s',
    (key) => {
      const fault = faultOf(() => load({ policy: [`service=${key}`] }));

      expect(fault.message).not.toContain(key);
    },
  );

  it.each([{ tlsCert: 'cert.pem' }, { tlsKey: 'key.pem' }])('wants certificate and key together: %j', (flags) => {
    const fault = faultOf(() => load(flags));

    expect(fault.message).toBe('A certificate and its key belong together. Give both --tls-cert and --tls-key, or neither.');
  });

  it('has a flag, and a variable of the same name', () => {
    for (const [name, { flag, env }] of Object.entries(OPTIONS)) {
      expect(flag.slice(2).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())).toBe(name);
      expect(env).toBe(`TWINHUB_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`);
    }
  });
});

describe('the data dir alone', () => {
  it('is read as for a hub', () => {
    expect(loadDataDir({ flags: {}, env: {} })).toBe(resolve('.twinhub'));
    expect(loadDataDir({ flags: {}, env: { TWINHUB_DATA_DIR: 'a' } })).toBe(resolve('a'));
    expect(loadDataDir({ flags: { dataDir: 'b' }, env: { TWINHUB_DATA_DIR: 'a' } })).toBe(resolve('b'));
  });
});
