// Reads and writes a certificate and its key as two PEM files.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { SetupError } from '../domain/setup-error.ts';
import type { KeyPair } from './x509-library.ts';

export type PairPaths = { readonly certPath: string; readonly keyPath: string };

/** `certificate` is the first one of `certPem`, which may hold a chain. */
export type ReadPair = KeyPair & { readonly certificate: X509Certificate };

/**
 * `undefined` when there is no certificate file, whatever the key file (see `writePair`).
 * @param wayOut a sentence that ends the message when the files are no pair. @throws SetupError then.
 */
export async function findPair(paths: PairPaths, wayOut: string): Promise<ReadPair | undefined> {
  const certPem = await readText(paths.certPath, wayOut);
  if (certPem === undefined) return undefined;
  const keyPem = await readText(paths.keyPath, wayOut);
  if (keyPem === undefined) throw unusable(`${paths.keyPath} is missing, the key of ${paths.certPath}.`, wayOut);
  const certificate = parseCertificate(certPem);
  if (!certificate) throw unusable(`${paths.certPath} holds no PEM certificate.`, wayOut);
  const key = parseKey(keyPem);
  if (!key) throw unusable(`${paths.keyPath} holds no PEM private key that opens without a passphrase.`, wayOut);
  if (!certificate.checkPrivateKey(key)) throw unusable(`${paths.keyPath} is not the key of the certificate in ${paths.certPath}.`, wayOut);
  return { certPem, keyPem, certificate };
}

/** The certificate goes first and comes last, so a crash in between leaves no certificate file: a pair that is there belongs together. */
export async function writePair(paths: PairPaths, pair: KeyPair): Promise<void> {
  try {
    await rm(paths.certPath, { force: true });
    await replaceFile(paths.keyPath, pair.keyPem, 0o600);
    await replaceFile(paths.certPath, pair.certPem, 0o644);
  } catch (error) {
    throw new SetupError('environment', `Cannot write certificates (${reasonOf(error)}). Make the folder writable, or choose another.`, {
      cause: error,
    });
  }
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.tmp`;
  // One left by a crash would keep its own mode.
  await rm(temporary, { force: true });
  await writeFile(temporary, text, { mode });
  await rename(temporary, path);
}

async function readText(path: string, wayOut: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw unusable(`Cannot read ${path} (${reasonOf(error)}).`, wayOut, error);
  }
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function unusable(fault: string, wayOut: string, cause?: unknown): SetupError {
  return new SetupError('environment', `${fault} ${wayOut}`, { cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
