// The ephemeral store: a private folder, which is gone when the store is closed and when its process ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { openEphemeralStore } from '../../../../src/stores/sqlite/open-ephemeral-store.ts';
import { createDevice } from '../../../support/store-builders.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test('Its files stand in a folder for their owner alone, until it is closed.', async () => {
  const folder = useTemporaryFolder();
  const stores = await openEphemeralStore();
  await createDevice(stores, 'lamp');
  const [name = ''] = readdirSync(folder);
  const mode = statSync(join(folder, name)).mode & 0o777;
  const files = readdirSync(join(folder, name));

  await stores.close();

  expect(mode).toBe(0o700);
  expect(files).toContain('hub.db');
  expect(readdirSync(folder)).toEqual([]);
});

test('Two of them know nothing of each other.', async () => {
  const one = await openEphemeralStore();
  onTestFinished(() => one.close());
  const other = await openEphemeralStore();
  onTestFinished(() => other.close());

  await createDevice(one, 'lamp');

  expect(await other.devices.readDevice('lamp')).toBeUndefined();
});

test.each([
  ['exits', 'process.exit(3);', 3],
  ['dies of an error', 'throw new Error("deliberate");', 1],
])('Nothing is left when the process %s with stores open.', async (_, ending, exitCode) => {
  const folder = temporaryFolder();
  const url = new URL('../../../../src/stores/sqlite/open-ephemeral-store.ts', import.meta.url).href;
  const program = `
    const { openEphemeralStore } = await import('${url}');
    const stores = await openEphemeralStore();
    await openEphemeralStore();
    await stores.checkReady();
    console.log(fs.readdirSync(os.tmpdir()).length);
    ${ending}`;

  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);

  expect(output).toBe('2\n');
  expect(code).toBe(exitCode);
  expect(readdirSync(folder)).toEqual([]);
});

/** Makes this test's temporary files go to a folder of its own. */
function useTemporaryFolder(): string {
  const folder = temporaryFolder();
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  return folder;
}
