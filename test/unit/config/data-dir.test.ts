// The data dir is made for its owner alone, and a folder that cannot be used is a clear sentence.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDataDir } from '../../../src/config/data-dir.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the data dir', () => {
  it('is made with its parents, for its owner alone', async () => {
    const dataDir = join(folder, 'a', 'b');

    await prepareDataDir(dataDir);

    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  });

  it('may be there already, with a mode of its own', async () => {
    const dataDir = join(folder, 'a');
    await mkdir(dataDir, { mode: 0o750 });

    await prepareDataDir(dataDir);

    expect((await stat(dataDir)).mode & 0o777).toBe(0o750);
  });

  it('is kept out of Git, since it holds keys', async () => {
    const dataDir = join(folder, 'a', 'b');

    await prepareDataDir(dataDir);

    expect(await readFile(join(dataDir, '.gitignore'), 'utf8')).toBe('*\n');
    expect(await readdir(join(folder, 'a'))).toEqual(['b']);
  });

  it('stays as it is where it was there already', async () => {
    await prepareDataDir(folder);

    expect(await readdir(folder)).toEqual([]);
  });

  it('may be made by several hubs at once', async () => {
    const dataDir = join(folder, 'a', 'b', 'c');

    await Promise.all([prepareDataDir(dataDir), prepareDataDir(dataDir), prepareDataDir(dataDir)]);

    expect((await stat(dataDir)).isDirectory()).toBe(true);
  });

  // Node.js makes folders with their parents for ever where the system says ENOENT to each attempt, as /proc does.
  it.skipIf(!existsSync('/proc/self')).each(['/proc/twinhub', '/proc/twinhub/below'])('cannot be %s', async (dataDir) => {
    await expect(prepareDataDir(dataDir)).rejects.toMatchObject({
      kind: 'environment',
      message: expect.stringMatching(/^Cannot use \/proc\/twinhub.* as data dir \(ENOENT.*\)\. Name a folder you may write/),
    });
  });

  it.each(['file', 'file/below'])('cannot be %s', async (path) => {
    await writeFile(join(folder, 'file'), '');
    const dataDir = join(folder, path);

    await expect(prepareDataDir(dataDir)).rejects.toMatchObject({
      kind: 'environment',
      message: expect.stringMatching(/^Cannot use .* as data dir \(E.*\)\. Name a folder you may write with --data-dir\.$/),
    });
  });
});
