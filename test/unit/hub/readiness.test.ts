// How often a health check may reach the disk.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { openHub } from '../../support/open-hub.ts';

test('Readiness is asked of the store again when the last answer is too old, not before.', async () => {
  await using open = await openHub();
  await open.hub.checkReady();
  await open.stores.close();

  open.clock.advance(LIMITS.readinessSeconds.value * 1000 - 1);
  await expect(open.hub.checkReady()).resolves.toBeUndefined();
  open.clock.advance(1);

  await expect(open.hub.checkReady()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
});
