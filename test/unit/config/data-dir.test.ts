// The data dir is made for its owner alone, and a folder that cannot be used is a clear sentence.
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
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

  it.each(['file', 'file/below'])('cannot be %s', async (path) => {
    await writeFile(join(folder, 'file'), '');
    const dataDir = join(folder, path);

    await expect(prepareDataDir(dataDir)).rejects.toMatchObject({
      kind: 'environment',
      message: expect.stringMatching(/^Cannot use .* as data dir \(E.*\)\. Name a folder you may write with --data-dir\.$/),
    });
  });
});
