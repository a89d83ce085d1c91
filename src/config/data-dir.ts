// The folder in which a hub keeps everything.
import { constants } from 'node:fs';
import { access, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SetupError } from '../domain/setup-error.ts';

/**
 * Makes the folder, for its owner alone and out of Git's sight, unless it is there: it holds keys.
 * @throws SetupError when it cannot be made or written.
 */
export async function prepareDataDir(dataDir: string): Promise<void> {
  try {
    const missing = await missingFolders(dataDir);
    for (const folder of missing) await makeFolder(folder);
    if (missing.length > 0) await writeFile(join(dataDir, '.gitignore'), '*\n');
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError('environment', `Cannot use ${dataDir} as data dir (${reason}). Name a folder you may write with --data-dir.`, {
      cause: error,
    });
  }
}

/** The folder and its parents, the outermost first, as far as they are not there. Ends at the root of the file system. */
async function missingFolders(path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let at = path; at !== dirname(at) && !(await isFolder(at)); at = dirname(at)) missing.unshift(at);
  return missing;
}

/** One at a time: the recursive mkdir of Node.js never ends where the system says ENOENT in a folder that exists, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it in the meantime.
    if (!(await isFolder(path))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
