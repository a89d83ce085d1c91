// Who may import whom, as a table with a reason for each rule; ARCHITECTURE.md explains the rooms, this file enforces them.
import { describe, expect, it } from 'vitest';
import { findImportCycles } from './support/self-check/import-cycles.ts';
import { findImportFaults, type ImportRules } from './support/self-check/import-rules.ts';
import { describeFault, type Fault, parseSource } from './support/self-check/parsed-source.ts';
import { CODE, repositoryFiles } from './support/self-check/repository-files.ts';

/** `builtins` is whether the modules of Node.js may be imported. A file that stands in no room is a fault. */
const RULES: ImportRules = {
  rooms: [
    {
      name: 'domain',
      place: 'src/domain/',
      mayImport: [],
      builtins: false,
      reason: 'the rules are pure: no input or output, no clock, no chance, no package',
    },
    {
      name: 'ports',
      place: 'src/ports/',
      mayImport: ['domain'],
      builtins: false,
      reason: 'a port speaks the language of the domain and of nothing else',
    },
    {
      name: 'hub',
      place: 'src/hub/',
      mayImport: ['domain', 'ports'],
      builtins: false,
      reason: 'a use case knows rules and ports, and no protocol, no database and no machine',
    },
    {
      name: 'gateways',
      place: 'src/gateways/*/',
      mayImport: ['domain', 'ports', 'hub'],
      builtins: true,
      reason: 'a gateway translates one protocol into use cases, so that a new protocol touches no other',
    },
    {
      name: 'sql',
      place: 'src/stores/sql/',
      mayImport: ['domain', 'ports'],
      builtins: false,
      reason: 'what the SQL databases share knows none of them',
    },
    {
      name: 'stores',
      place: 'src/stores/*/',
      mayImport: ['domain', 'ports', 'sql'],
      builtins: true,
      reason: 'a store implements ports on one database, so that any of them can be left out',
    },
    {
      name: 'buses',
      place: 'src/buses/*/',
      mayImport: ['domain', 'ports'],
      builtins: true,
      reason: 'a bus implements its port on one transport, so that any of them can be left out',
    },
    {
      name: 'system',
      place: 'src/system/',
      mayImport: ['domain', 'ports'],
      builtins: true,
      reason: 'the machine (clock, chance, keys, log) is behind ports like any other adapter',
    },
    {
      name: 'certificates',
      place: 'src/certificates/',
      mayImport: ['domain', 'ports'],
      builtins: true,
      reason: 'the local CA knows certificates and files, and nobody who uses them',
    },
    {
      name: 'redirect',
      place: 'src/redirect/',
      mayImport: [],
      builtins: true,
      reason: 'it is loaded into processes of users, where nothing of the hub belongs',
    },
    {
      name: 'config',
      place: 'src/config/',
      mayImport: ['domain'],
      builtins: true,
      reason: 'configuration is values, read before anything of the hub exists',
    },
    {
      name: 'simulator',
      place: 'src/simulator/',
      mayImport: ['domain', 'ports'],
      builtins: true,
      reason: 'a simulated device knows a hub by its wire alone, so that a fault of the hub is none of its own as well',
    },
    {
      name: 'compose',
      place: 'src/compose.ts',
      mayImport: ['domain', 'ports', 'hub', 'gateways', 'stores', 'buses', 'system', 'certificates', 'config'],
      builtins: true,
      reason: 'it plugs the parts together and knows every adapter, but nobody who starts it',
    },
    {
      name: 'start-hub',
      place: 'src/start-hub.ts',
      mayImport: ['domain', 'ports', 'redirect', 'system', 'config', 'compose'],
      builtins: true,
      reason: 'it gives a test process what compose builds, and reaches past it into no adapter',
    },
    {
      name: 'index',
      place: 'src/index.ts',
      mayImport: ['start-hub', 'domain', 'ports'],
      builtins: false,
      reason: 'the public API offers what others build and adds no logic',
    },
    {
      name: 'cli',
      place: 'src/cli/',
      mayImport: ['domain', 'ports', 'redirect', 'system', 'certificates', 'config', 'simulator', 'compose'],
      builtins: true,
      reason: 'the command line is a client of the HTTP API; it may start a hub or issue certificates, and reaches into no hub',
    },
    {
      name: 'examples',
      place: 'examples/',
      mayImport: ['index'],
      builtins: true,
      reason: 'an example does what a reader can do: it uses the public API',
    },
    {
      name: 'bin',
      place: 'bin/',
      mayImport: [],
      builtins: true,
      reason: 'it must run on every Node.js, so it loads nothing before its check',
    },
  ],
  packages: [
    { packageName: 'better-sqlite3', home: 'src/stores/sqlite/driver.ts', reason: 'another driver must be a change of one file' },
    { packageName: 'pg', home: 'src/stores/postgres/driver.ts', reason: 'another driver must be a change of one file' },
    { packageName: 'fastify', home: 'src/gateways/http/', reason: 'HTTP concerns its gateway only' },
    { packageName: 'ws', home: 'src/gateways/http/', reason: 'the handshake and frames of WebSockets concern the HTTPS port only' },
    { packageName: '@peculiar/x509', home: 'src/certificates/', reason: 'issuing certificates concerns the local CA only' },
    {
      packageName: 'reflect-metadata',
      home: 'src/certificates/',
      reason: '@peculiar/x509 needs it, and it is loaded only when a certificate is made',
    },
    { packageName: 'pino', home: 'src/system/', reason: 'everyone else logs through the Log port' },
    { packageName: 'prom-client', home: 'src/system/', reason: 'everyone else counts and measures through the Metrics port' },
    { packageName: 'commander', home: 'src/cli/', reason: 'arguments are read in one place' },
    { packageName: 'cli-progress', home: 'src/cli/', reason: 'progress is shown to people, by the command line' },
    { packageName: 'cli-table3', home: 'src/cli/', reason: 'tables are drawn for people, by the command line' },
    { packageName: 'cli-progress', home: 'src/cli/', reason: 'bars are drawn for people, by the command line' },
    { packageName: 'azure-iot-device', home: 'examples/', reason: 'the SDKs are clients of the hub, never part of it' },
    { packageName: 'azure-iot-device-http', home: 'examples/', reason: 'the SDKs are clients of the hub, never part of it' },
    { packageName: 'azure-iot-device-mqtt', home: 'examples/', reason: 'the SDKs are clients of the hub, never part of it' },
    { packageName: 'azure-iothub', home: 'examples/', reason: 'the SDKs are clients of the hub, never part of it' },
    { packageName: 'vitest', home: 'examples/', reason: 'nothing that is shipped is tested from inside' },
  ],
};

const sources = repositoryFiles(/^(src|bin|examples)\//)
  .filter(({ path }) => CODE.test(path))
  .map(parseSource);

describe('the import rules', () => {
  it('are kept by every file that is shipped or shown', () => {
    expect(findImportFaults(sources, RULES).map(describeFault)).toEqual([]);
  });

  it.each(RULES.rooms)('keep $name to what it may import', ({ name, place, mayImport, builtins }) => {
    const inside = fileIn(place);
    const forbidden = RULES.rooms.filter((room) => room.name !== name && !mayImport.includes(room.name));

    const allowedFaults = mayImport.flatMap((room) => faultsOf(inside, `/${fileIn(placeOf(room))}`));
    const forbiddenFaults = forbidden.filter((room) => faultsOf(inside, `/${fileIn(room.place)}`).length === 0);

    expect(allowedFaults).toEqual([]);
    expect(forbiddenFaults).toEqual([]);
    expect(faultsOf(inside, 'node:fs')).toHaveLength(builtins ? 0 : 1);
  });

  it.each(RULES.packages)('keep $packageName in $home', ({ packageName, home }) => {
    expect(faultsOf(fileIn(home), packageName)).toEqual([]);
    expect(faultsOf(home === 'src/cli/' ? 'src/compose.ts' : 'src/cli/a.ts', packageName)).toHaveLength(1);
  });

  it('keep adapters of one kind apart', () => {
    expect(faultsOf('src/gateways/mqtt/session.ts', '/src/gateways/http/server.ts')).toHaveLength(1);
    expect(faultsOf('src/stores/sqlite/driver.ts', '/src/stores/postgres/pool.ts')).toHaveLength(1);
    expect(faultsOf('src/buses/local/bus.ts', '/src/buses/nats/bus.ts')).toHaveLength(1);
  });

  it('leave a room to its own files', () => {
    expect(faultsOf('src/domain/twin/twin.ts', '/src/domain/limits.ts')).toEqual([]);
    expect(faultsOf('src/gateways/mqtt/session.ts', '/src/gateways/mqtt/topics.ts')).toEqual([]);
  });

  it('must know every folder and file at the top of src', () => {
    const undeclared = ['src/jobs/runner.ts', 'src/start.ts', 'src/gateways/shared.ts'].map((path) => parseSource({ path, text: '' }));

    expect(findImportFaults(undeclared, RULES).map(({ rule }) => rule)).toEqual(['known rooms', 'known rooms', 'known rooms']);
  });

  it('let nothing that is shipped reach out of src', () => {
    expect(faultsOf('src/compose.ts', '/test/support/clock.ts')).toHaveLength(1);
    expect(faultsOf('src/compose.ts', '/package.json')).toHaveLength(1);
  });

  it('must know every package', () => {
    expect(faultsOf('src/compose.ts', 'left-pad')).toHaveLength(1);
    expect(faultsOf('src/compose.ts', '@scope/package/part')).toHaveLength(1);
  });

  it.each([
    `import type { A } from 'pino';`,
    `export { a } from 'pino';`,
    `export * from 'pino';`,
    `const a = await import('pino');`,
    `const a = require('pino');`,
    `let a: import('pino').A;`,
  ])('see %s', (text) => {
    const faults = findImportFaults([parseSource({ path: 'src/hub/a.ts', text })], RULES);

    expect(faults).toHaveLength(1);
  });

  it('say where a fault is and why it is one', () => {
    const source = parseSource({ path: 'src/hub/a.ts', text: `// A.\nimport { b } from '../gateways/mqtt/b.ts';` });

    expect(findImportFaults([source], RULES).map(describeFault)).toEqual([
      'src/hub/a.ts:2 hub: imports src/gateways/mqtt/b.ts (gateways), but a use case knows rules and ports, and no protocol, no database and no machine',
    ]);
  });
});

describe('import cycles', () => {
  it('are nowhere', () => {
    expect(findImportCycles(sources).map(describeFault)).toEqual([]);
  });

  it('are found through any number of files, once each', () => {
    const circle = [importing('src/a.ts', './b.ts'), importing('src/b.ts', './hub/c.ts'), importing('src/hub/c.ts', '../a.ts')];
    const outside = [importing('src/d.ts', './a.ts'), importing('src/e.ts', './d.ts')];

    expect(findImportCycles([...outside, ...circle]).map(({ message }) => message)).toEqual([
      'src/a.ts -> src/b.ts -> src/hub/c.ts -> src/a.ts',
    ]);
    expect(findImportCycles([importing('src/a.ts', './a.ts')])).toHaveLength(1);
  });

  it('are not seen where two files share a third', () => {
    const diamond = [importing('src/a.ts', './b.ts', './c.ts'), importing('src/b.ts', './d.ts'), importing('src/c.ts', './d.ts')];

    expect(findImportCycles(diamond)).toEqual([]);
  });
});

function importing(path: string, ...specifiers: readonly string[]): ReturnType<typeof parseSource> {
  return parseSource({ path, text: specifiers.map((specifier) => `import '${specifier}';`).join('\n') });
}

/** The faults of one import; a target that begins with a slash is a path in the repository. */
function faultsOf(path: string, target: string): readonly Fault[] {
  const up = '../'.repeat(path.split('/').length - 1);
  const specifier = target.startsWith('/') ? `./${up}${target.slice(1)}` : target;
  return findImportFaults([importing(path, specifier)], RULES);
}

/** A file that stands at the place. */
function fileIn(place: string): string {
  return place.endsWith('/') ? `${place.replace('*', 'some')}a.ts` : place;
}

function placeOf(name: string): string {
  const room = RULES.rooms.find((candidate) => candidate.name === name);
  if (room === undefined) throw new Error(`The table has no room ${name}`);
  return room.place;
}
