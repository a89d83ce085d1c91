// Where the command line keeps the test CAs and the certificates of devices that it makes: PEM files in one folder.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { findPair, type PairPaths, type ReadPair, writePair } from '../certificates/certificate-files.ts';
import type { KeyPair } from '../certificates/x509-library.ts';
import { prepareDataDir } from '../config/data-dir.ts';
import { loadDataDir } from '../config/load-config.ts';
import { SetupError } from '../domain/setup-error.ts';
import { systemClock } from '../system/system-clock.ts';

export type CertificateFolder = {
  /** The pair of a CA; `undefined` when there is no such file. @throws SetupError for files that are of no use. */
  readonly findCa: (name: string) => Promise<ReadPair | undefined>;
  readonly writeCa: (name: string, pair: KeyPair) => Promise<PairPaths>;
  /** Beside certificate and key goes a file with the certificate and that of its issuer, if it has one. */
  readonly writeDevice: (deviceId: string, pair: KeyPair, issuerPem: string | undefined) => Promise<DevicePaths>;
};

type DevicePaths = PairPaths & { readonly chainPath?: string };

type FolderOptions = { readonly dir?: string; readonly dataDir?: string };

export const FOLDER_OPTION = ['--dir <FOLDER>', 'Folder for the files. (default: certificates in the data dir)'] as const;

/** Makes the folder that `--dir` names, or the one in the data dir. @throws SetupError where that is not possible. */
export async function openCertificateFolder(command: Command): Promise<CertificateFolder> {
  const { dir, dataDir } = command.optsWithGlobals<FolderOptions>();
  const folder = dir ?? (await folderInDataDir(dataDir));
  // A CA and a device may have one name.
  const [cas, devices] = [join(folder, 'cas'), join(folder, 'devices')];
  for (const path of [cas, devices]) await makeFolder(path);
  return {
    findCa: (name) => findCa(pathsOf(cas, name)),
    async writeCa(name, pair): Promise<PairPaths> {
      await writePair(pathsOf(cas, name), pair);
      return pathsOf(cas, name);
    },
    async writeDevice(deviceId, pair, issuerPem): Promise<DevicePaths> {
      const paths = pathsOf(devices, deviceId);
      await writePair(paths, pair);
      if (issuerPem === undefined) return paths;
      const chainPath = join(devices, `${fileName(deviceId)}-chain.pem`);
      await writeFile(chainPath, pair.certPem + issuerPem);
      return { ...paths, chainPath };
    },
  };
}

function pathsOf(folder: string, name: string): PairPaths {
  return { certPath: join(folder, `${fileName(name)}.pem`), keyPath: join(folder, `${fileName(name)}-key.pem`) };
}

/** @throws SetupError for one that cannot sign certificates of devices here. */
async function findCa(paths: PairPaths): Promise<ReadPair | undefined> {
  const found = await findPair(paths, 'Restore both files, or name another folder with --dir.');
  if (!found) return undefined;
  const { certificate, keyPem } = found;
  if (!certificate.ca || createPrivateKey(keyPem).asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new SetupError('environment', `${paths.certPath} is no CA that twinhub made. Name another folder with --dir.`);
  }
  if (certificate.validToDate.getTime() > systemClock.nowMs()) return found;
  throw new SetupError('environment', `The CA in ${paths.certPath} expired on ${certificate.validTo}. Delete the file to get a new one.`);
}

/** The text of the one certificate in a file. @throws SetupError of kind usage. */
export async function readCertificateFile(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new SetupError('usage', `Cannot read ${path} (${reasonOf(error)}).`, { cause: error });
  });
  try {
    return new X509Certificate(bytes).toString();
  } catch (error) {
    throw new SetupError('usage', `${path} holds no certificate. Name a file in PEM or DER form.`, { cause: error });
  }
}

/** A folder that the hub would make keeps secrets out of Git. */
async function folderInDataDir(given: string | undefined): Promise<string> {
  const dataDir = loadDataDir({ flags: given === undefined ? {} : { dataDir: given }, env: process.env });
  await prepareDataDir(dataDir);
  return join(dataDir, 'certificates');
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new SetupError('environment', `Cannot make the folder ${path} (${reasonOf(error)}). Name another with --dir.`, { cause: error });
  }
}

/** Ids may hold characters that file names cannot, or end as the names of files beside a certificate do: no two share a file. */
function fileName(name: string): string {
  return encodeURIComponent(name)
    .replaceAll('*', '%2A')
    .replace(/-(?=(?:key|chain)$)/, '%2D');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
