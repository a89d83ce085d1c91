// One hub at a time in a data dir, whatever store it uses.
import { join } from 'node:path';
import { SetupError } from '../../domain/setup-error.ts';
import { isLocked, lockFile } from './driver.ts';

export type FolderLock = {
  /** Lets another hub have the folder. */
  release(): void;
};

/** The lock goes with the process, however that ends; the file `hub.lock` stays. @throws SetupError when another hub holds the folder. */
export function lockFolder(folder: string): FolderLock {
  const release = lockFile(lockPath(folder));
  if (release) return { release };
  throw new SetupError('environment', `Another hub runs from ${folder}. Stop that hub, or choose another --data-dir.`);
}

/** Whether a hub runs from the folder. @throws HubError ServiceUnavailable when its lock cannot be read. */
export function isFolderLocked(folder: string): boolean {
  return isLocked(lockPath(folder));
}

function lockPath(folder: string): string {
  return join(folder, 'hub.lock');
}
