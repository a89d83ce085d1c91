// The installed command on a Node.js that is too old, and on the oldest that is not; and where it keeps compiled code.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const COMMAND = fileURLToPath(new URL('../../../bin/twinhub.js', import.meta.url));

describe('the installed command', () => {
  it.each(['18.20.8', '23.11.1'])('refuses Node.js %s in one sentence that says what to do', (version) => {
    const { status, stderr } = runOn(version);

    expect(status).toBe(1);
    expect(stderr).toMatch(/^twinhub needs Node\.js 24 or newer and this is [\d.]+: install .*\n$/);
    expect(stderr).toContain(version);
  });

  it.each(['24.0.0', '100.0.0'])('accepts Node.js %s', (version) => {
    const { stderr } = runOn(version);

    expect(stderr).not.toContain('twinhub needs');
  });

  it.each(['', 'caches'])('keeps compiled code below the home of its user, not where it is started, with XDG_CACHE_HOME=%j', (caches) => {
    const [start, home] = [temporaryFolder(), temporaryFolder()];

    runIn(start, { HOME: home, XDG_CACHE_HOME: caches });

    expect(existsSync(join(home, '.cache', 'twinhub'))).toBe(true);
    expect(readdirSync(start)).toEqual([]);
  });

  it('keeps no compiled code for a user without a home', () => {
    const start = temporaryFolder();

    const { stderr } = runIn(start, { HOME: '' });

    expect(readdirSync(start)).toEqual([]);
    expect(stderr).not.toContain('homedir');
  });
});

/** The command with `--help`, started in a folder with these variables alone. */
function runIn(folder: string, env: Readonly<Record<string, string>>): { readonly stderr: string } {
  return spawnSync(process.execPath, [COMMAND, '--help'], { cwd: folder, env, encoding: 'utf8' });
}

/** The command with `--help`, in a process that takes itself for the given version. */
function runOn(version: string): { readonly status: number | null; readonly stderr: string } {
  const disguise = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`, COMMAND, '--help'];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}
