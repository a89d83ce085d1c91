// The folder in which a hub keeps everything.
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { SetupError } from '../domain/setup-error.ts';

/** Makes the folder, for its owner alone, unless it is there. @throws SetupError when it cannot be made or written. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError('environment', `Cannot use ${dataDir} as data dir (${reason}). Name a folder you may write with --data-dir.`, {
      cause: error,
    });
  }
}
