// The note a running hub leaves in its data dir, by which commands on the same machine find it.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, parseJson, type JsonValue } from '../domain/json.ts';
import { SetupError } from '../domain/setup-error.ts';

export type HubRecord = {
  readonly version: string;
  readonly pid: number;
  /** The name in connection strings, and all names of the hub, this one among them. */
  readonly hostName: string;
  readonly hostNames: readonly string[];
  /** The address it listens on; absent when it listens on all of them. */
  readonly bindAddress: string | undefined;
  readonly httpsPort: number;
  readonly mqttPort: number;
  /** The CA that clients must trust; absent when the hub runs with a certificate of the operator's own. */
  readonly caPath: string | undefined;
  /** The file of the database; absent when nothing is kept, or on a server. */
  readonly storePath: string | undefined;
  /** The name of the database on a server, without a password. */
  readonly storeName: string | undefined;
  /** Of policy iothubowner, so the file is for its owner alone. */
  readonly connectionString: string;
};

/** Readers see the whole note or none. */
export async function writeHubRecord(dataDir: string, record: HubRecord): Promise<void> {
  const temporary = `${recordPath(dataDir)}.tmp`;
  await writeFile(temporary, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  await rename(temporary, recordPath(dataDir));
}

/** Leaves the note of another process alone, which may have started in the same folder since. */
export async function removeHubRecord(dataDir: string, pid: number): Promise<void> {
  const record = await findHubRecord(dataDir);
  if (record?.pid === pid) await rm(recordPath(dataDir), { force: true });
}

/** @throws SetupError when no hub runs from the folder or its note cannot be read. A hub that was killed leaves its note behind. */
export async function readHubRecord(dataDir: string): Promise<HubRecord> {
  const record = await findHubRecord(dataDir);
  if (record) return record;
  throw new SetupError(
    'environment',
    `No hub runs from ${dataDir}. Start one with \`twinhub start\`, name its folder with --data-dir, or name a hub with --connect.`,
  );
}

/** `undefined` when there is no note. @throws SetupError when there is one that cannot be read. */
export async function findHubRecord(dataDir: string): Promise<HubRecord | undefined> {
  let text: string;
  try {
    text = await readFile(recordPath(dataDir), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw unreadable(dataDir, error);
  }
  const record = parseRecord(text);
  if (!record) throw unreadable(dataDir, undefined);
  return record;
}

function recordPath(dataDir: string): string {
  return join(dataDir, 'hub.json');
}

function unreadable(dataDir: string, cause: unknown): SetupError {
  const reason = cause instanceof Error ? cause.message : 'it is not what `twinhub start` writes';
  return new SetupError('environment', `Cannot read ${recordPath(dataDir)} (${reason}). Start the hub again, or name it with --connect.`, {
    cause,
  });
}

function parseRecord(text: string): HubRecord | undefined {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { version, pid, hostName, hostNames, bindAddress, httpsPort, mqttPort, caPath, storePath, storeName, connectionString } = value;
  if (typeof version !== 'string' || typeof hostName !== 'string' || typeof connectionString !== 'string') return undefined;
  if (typeof pid !== 'number' || typeof httpsPort !== 'number' || typeof mqttPort !== 'number') return undefined;
  if (!isListOfTexts(hostNames) || !isTextOrAbsent(bindAddress) || !isTextOrAbsent(caPath)) return undefined;
  if (!isTextOrAbsent(storePath) || !isTextOrAbsent(storeName)) return undefined;
  return { version, pid, hostName, hostNames, bindAddress, httpsPort, mqttPort, caPath, storePath, storeName, connectionString };
}

function isListOfTexts(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isTextOrAbsent(value: JsonValue | undefined): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
