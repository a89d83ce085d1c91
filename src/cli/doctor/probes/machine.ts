// What stands on this machine: the data dir, its disk, certificate files, and the SDKs of the app in the current folder.
import { X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJsonObject, parseJson } from '../../../domain/json.ts';
import { faultOf } from './network.ts';
import { certificateFacts, type CertificateFacts } from './tls.ts';

/** `exposed`: files with secrets that others than their owner may read. */
export type FolderFacts =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly fault: string }
  | { readonly kind: 'usable'; readonly exposed: readonly string[] };

/** `facts` are of the first certificate in the file, for the host name of the hub. */
export type CertificateFile =
  | { readonly kind: 'certificate'; readonly path: string; readonly pem: string; readonly facts: CertificateFacts; readonly isCa: boolean }
  | { readonly kind: 'unreadable'; readonly path: string; readonly fault: string };

export type InstalledPackage = { readonly name: string; readonly version: string };

const SECRET_FILES = ['ca-key.pem', 'server-key.pem', 'hub.json', 'twinhub.db'];

export async function lookAtFolder(path: string): Promise<FolderFacts> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return { kind: 'unusable', fault: 'it is no folder' };
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const fault = faultOf(error);
    return fault === 'ENOENT' ? { kind: 'absent' } : { kind: 'unusable', fault };
  }
  const exposed = await Promise.all(SECRET_FILES.map(async (name) => ((await isExposed(join(path, name))) ? [name] : [])));
  return { kind: 'usable', exposed: exposed.flat() };
}

async function isExposed(path: string): Promise<boolean> {
  // Modes say nothing on Windows.
  if (process.platform === 'win32') return false;
  try {
    return ((await stat(path)).mode & 0o077) !== 0;
  } catch {
    return false;
  }
}

/** For the folder, or the nearest one above it that is there. `undefined` when the system does not say. */
export async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return path === dirname(path) ? undefined : freeBytes(dirname(path));
  }
}

export async function readCertificateFile(path: string, hostName: string): Promise<CertificateFile> {
  try {
    const pem = await readFile(path, 'utf8');
    const certificate = new X509Certificate(pem);
    return { kind: 'certificate', path, pem, facts: certificateFacts(certificate, hostName), isCa: certificate.ca };
  } catch (error) {
    return { kind: 'unreadable', path, fault: faultOf(error) };
  }
}

/** Those of the packages that an app in the folder would get, as Node.js looks for them; others are left out. */
export async function installedPackages(names: readonly string[], folder: string): Promise<readonly InstalledPackage[]> {
  const found = await Promise.all(names.map((name) => installedPackage(name, folder)));
  return found.filter((one) => one !== undefined);
}

async function installedPackage(name: string, folder: string): Promise<InstalledPackage | undefined> {
  const version = await versionIn(join(folder, 'node_modules', name, 'package.json'));
  if (version !== undefined) return { name, version };
  return folder === dirname(folder) ? undefined : installedPackage(name, dirname(folder));
}

async function versionIn(path: string): Promise<string | undefined> {
  try {
    const manifest = parseJson(await readFile(path, 'utf8'));
    return isJsonObject(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : undefined;
  } catch {
    return undefined;
  }
}
