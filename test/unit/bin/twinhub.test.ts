// The installed command on a Node.js that is too old, and on the oldest that is not.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

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
});

/** The command with `--help`, in a process that takes itself for the given version. */
function runOn(version: string): { readonly status: number | null; readonly stderr: string } {
  const disguise = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`, COMMAND, '--help'];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}
