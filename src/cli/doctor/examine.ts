// All checks of `twinhub doctor` in the order in which they are read: probes look, rules judge.
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { StoreInspection } from '../../ports/store-inspection.ts';
import { localAddress } from '../find-hub.ts';
import { examineConnection } from './examine-connection.ts';
import { type Finding, skipped } from './finding.ts';
import { freeBytes, installedPackages, lookAtFolder, readCertificateFile } from './probes/machine.ts';
import { ownAddresses, resolveName, tryToListen } from './probes/network.ts';
import { judgeCaFile, judgeDates, judgeNames, judgeUnreadable } from './rules/certificate.ts';
import { judgeFolder, judgeSpace, judgeStore } from './rules/data.ts';
import { judgeHub } from './rules/hub.ts';
import { judgeBindable, judgeHostName } from './rules/network.ts';
import { judgeNode, judgeProxy, judgeSdks, judgeTlsSwitch, KNOWN_SDKS, UNSERVED_TRANSPORTS } from './rules/surroundings.ts';
import type { Subject } from './subject.ts';
import type { Surroundings } from './surroundings.ts';

/** Each check has a line, also those that cannot be made. Nothing is changed, at the hub or here. */
export async function examine(subject: Subject, surroundings: Surroundings): Promise<readonly Finding[]> {
  const { env, folder, nodeVersion, inspectStore } = surroundings;
  const [connection, data, packages] = await Promise.all([
    subject.kind === 'stopped' ? examineStart(subject, surroundings.clock) : examineConnection(subject, surroundings),
    examineData(subject),
    installedPackages([...Object.keys(KNOWN_SDKS), ...UNSERVED_TRANSPORTS], folder),
  ]);
  const hostName = subject.kind === 'stopped' ? subject.config.primaryHostName : subject.endpoint.hostName;
  return [
    { check: 'node', ...judgeNode(nodeVersion) },
    { check: 'hub', ...judgeHub(subject) },
    ...data,
    { check: 'store', ...(subject.kind === 'named' ? ELSEWHERE : judgeStore(await inspectStoreOf(subject, inspectStore))) },
    ...connection,
    { check: 'tls override', ...judgeTlsSwitch(env) },
    { check: 'proxy', ...judgeProxy(env, hostName) },
    { check: 'sdks', ...judgeSdks(packages, folder) },
  ];
}

async function examineData(subject: Subject): Promise<readonly Finding[]> {
  if (subject.kind === 'named') {
    return [
      { check: 'data dir', ...ELSEWHERE },
      { check: 'disk space', ...ELSEWHERE },
    ];
  }
  const { dataDir } = subject.config;
  const [facts, bytes] = await Promise.all([lookAtFolder(dataDir), freeBytes(databaseFileOf(subject) ?? dataDir)]);
  return [
    { check: 'data dir', ...judgeFolder(dataDir, facts) },
    { check: 'disk space', ...judgeSpace(bytes) },
  ];
}

type LocalSubject = Exclude<Subject, { kind: 'named' }>;

/** Of a hub that runs, the store that it has, whatever it would have with the options of this command. Its record holds no password of a server. */
async function inspectStoreOf(subject: LocalSubject, inspectStore: Surroundings['inspectStore']): Promise<StoreInspection> {
  if (subject.kind === 'stopped') return inspectStore(subject.config.store);
  const { storePath, storeName } = subject.record;
  if (storeName !== undefined) return { kind: 'elsewhere', name: storeName };
  return inspectStore(storePath === undefined ? { kind: 'ephemeral' } : { kind: 'sqlite', path: storePath });
}

/** `undefined` when there is none on this machine. */
function databaseFileOf(subject: LocalSubject): string | undefined {
  if (subject.kind === 'running') return subject.record.storePath;
  const { store } = subject.config;
  return store.kind === 'sqlite' ? store.path : undefined;
}

/** What a hub would meet that was started with these options. */
async function examineStart({ config }: Extract<Subject, { kind: 'stopped' }>, clock: Clock): Promise<readonly Finding[]> {
  const { httpsPort, mqttPort, bindAddress, primaryHostName, tls, dataDir } = config;
  const certPath = tls?.certPath ?? join(dataDir, 'ca.pem');
  const [resolved, https, mqtt, file] = await Promise.all([
    resolveName(primaryHostName, clock),
    tryToListen(httpsPort, bindAddress, clock),
    tryToListen(mqttPort, bindAddress, clock),
    readCertificateFile(certPath, primaryHostName),
  ]);
  const here = { ownAddresses: ownAddresses(), listensAt: localAddress(bindAddress) };
  const places: readonly Finding[] = [
    { check: 'host name', ...judgeHostName({ hostName: primaryHostName, resolved, here }) },
    { check: 'https port', ...judgeBindable(https) },
    { check: 'mqtt port', ...judgeBindable(mqtt) },
  ];
  if (!tls) return [...places, { check: 'ca', ...judgeCaFile(file, clock.nowMs()) }];
  if (file.kind === 'unreadable') return [...places, { check: 'certificate names', ...judgeUnreadable(file) }];
  return [
    ...places,
    { check: 'certificate names', ...judgeNames(file.facts, primaryHostName) },
    { check: 'certificate dates', ...judgeDates(file.facts, clock.nowMs()) },
  ];
}

const ELSEWHERE = skipped(
  'The hub was named by a connection string.',
  'Run `twinhub doctor` on its machine, without --connect, to check this.',
);
