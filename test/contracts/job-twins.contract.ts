// How every job store must patch the twins of a job. Goal: prove each statement of the port. Method: few twins, read back and compared.
import { describe, expect, test } from 'vitest';
import { deviceJob, methodJob, twinJob } from '../support/job-builders.ts';
import { freshId, NOON, readAllChanges, remove, timeAt, write } from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';
import { conditionFor, freshJobId, move, readRecords, registerDevices, runJob, startJob } from '../support/stored-jobs.ts';
import { SOMEONE } from '../support/actors.ts';

const LATER = timeAt(13 * 60);

export function describeJobTwins(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  describe('patchTwins', () => {
    test('Changes the next twins as a patch would, with notices and changes, and ends their records.', async () => {
      const ids = [freshId(), freshId(), freshId()].toSorted();
      await registerDevices(stores(), ids);
      await stores().twins.applyTwinChanges(
        ids.map((deviceId) => write(deviceId, { tags: { old: 1, plant: 'B' }, desired: { floor: 1 } })),
      );
      const jobId = freshJobId();
      const work = { kind: 'twinPatch', tags: { old: null, plant: 'A' }, desired: { building: '43' } } as const;
      await runJob(stores(), twinJob(jobId, { work }), ids);
      const feed = (await readAllChanges(stores())).length;

      const first = await stores().jobs.patchTwins({ jobId, limit: 2, at: LATER });
      const untouched = await stores().twins.readTwin({ deviceId: ids[2] ?? '' });
      const second = await stores().jobs.patchTwins({ jobId, limit: 2, at: LATER });

      const notice = { version: 3, patch: { building: '43' } };
      expect(first).toEqual({ notices: ids.slice(0, 2).map((deviceId) => ({ deviceId, notice })), left: true });
      expect(untouched?.twin.tags).toEqual({ old: 1, plant: 'B' });
      expect(second).toEqual({ notices: [{ deviceId: ids[2], notice }], left: false });
      for (const deviceId of ids) {
        const found = await stores().twins.readTwin({ deviceId });
        expect(found?.twin).toMatchObject({ tags: { plant: 'A' }, desired: { properties: { floor: 1, building: '43' }, version: 3 } });
        expect(found?.twin.tags).toEqual({ plant: 'A' });
      }
      const changes = (await readAllChanges(stores())).slice(feed);
      expect(changes.map(({ deviceId, kind, at }) => [deviceId, kind, at])).toEqual(
        ids.map((deviceId) => [deviceId, 'twinUpdated', LATER]),
      );
      expect(await readRecords(stores(), jobId)).toEqual(
        ids.map((deviceId) =>
          deviceJob({ jobId, deviceId, status: 'completed', startTime: LATER, endTime: LATER, lastUpdatedTime: LATER }),
        ),
      );
    });

    test('A patch of tags alone gives no notices.', async () => {
      const deviceId = freshId();
      await registerDevices(stores(), [deviceId]);
      const jobId = freshJobId();
      await runJob(stores(), twinJob(jobId, { work: { kind: 'twinPatch', tags: { a: 1 }, desired: undefined } }), [deviceId]);

      expect(await stores().jobs.patchTwins({ jobId, limit: 2, at: LATER })).toEqual({ notices: [], left: false });
    });

    test('A device that was deleted fails as DeviceNotFound, one whose twin refuses with that refusal, and the others change.', async () => {
      const [deleted, full, good] = [freshId(), freshId(), freshId()];
      await registerDevices(stores(), [deleted, full, good]);
      const jobId = freshJobId();
      const large = 'x'.repeat(4000);
      await stores().twins.applyTwinChanges([write(full, { tags: { a: large } })]);
      await runJob(stores(), twinJob(jobId, { work: { kind: 'twinPatch', tags: { b: large, c: 'y'.repeat(200) }, desired: { d: 1 } } }), [
        deleted,
        full,
        good,
      ]);
      await stores().devices.writeDevices([remove(deleted)]);

      const { notices } = await stores().jobs.patchTwins({ jobId, limit: 9, at: LATER });

      expect(notices.map(({ deviceId }) => deviceId)).toEqual([good]);
      const records = await readRecords(stores(), jobId);
      expect(Object.fromEntries(records.map(({ deviceId, status, error }) => [deviceId, [status, error?.code]]))).toEqual({
        [deleted]: ['failed', 'DeviceNotFound'],
        [full]: ['failed', 'DeviceModelMaxPropertiesExceeded'],
        [good]: ['completed', undefined],
      });
      expect((await stores().twins.readTwin({ deviceId: full }))?.twin.desired.version).toBe(1);
    });

    test('A crash between two steps changes no twin twice.', async () => {
      const place = await newPlace();
      const before = await place.open();
      await registerDevices(before, ['a', 'b', 'c']);
      await runJob(before, twinJob('job'), ['a', 'b', 'c']);
      await before.jobs.patchTwins({ jobId: 'job', limit: 2, at: LATER });
      await before.close();

      const after = await place.open();
      const { notices } = await after.jobs.patchTwins({ jobId: 'job', limit: 2, at: LATER });
      const twins = await Promise.all(['a', 'b', 'c'].map((deviceId) => after.twins.readTwin({ deviceId })));
      await after.close();

      expect(notices.map(({ deviceId }) => deviceId)).toEqual(['c']);
      expect(twins.map((found) => found?.twin.desired.version)).toEqual([2, 2, 2]);
    });

    test('Other writers of the same twins lose nothing, and no twin is patched twice by calls at the same time.', async () => {
      const ids = Array.from({ length: 10 }, freshId);
      await registerDevices(stores(), ids);
      const jobId = freshJobId();
      await runJob(stores(), twinJob(jobId), ids);

      await Promise.all(
        ids.flatMap((deviceId) => [
          stores().jobs.patchTwins({ jobId, limit: 3, at: LATER }),
          stores().twins.applyTwinChanges([write(deviceId, { desired: { other: true } })]),
        ]),
      );

      for (const deviceId of ids) {
        const found = await stores().twins.readTwin({ deviceId });
        expect(found?.twin.desired).toMatchObject({ properties: { building: '43', other: true }, version: 3 });
      }
    });

    test('Does nothing for a method job, a job that is not sealed, a stopped job and one that nobody created.', async () => {
      const deviceId = freshId();
      await registerDevices(stores(), [deviceId]);
      const [method, stopped] = [freshJobId(), freshJobId()];
      await runJob(stores(), methodJob(method), [deviceId]);
      const open = await startJob(stores(), twinJob(freshJobId(), { condition: conditionFor([deviceId]) }));
      await runJob(stores(), twinJob(stopped), [deviceId]);
      await move(stores(), stopped, { kind: 'stop', at: NOON, by: SOMEONE });

      for (const jobId of [method, open.jobId, stopped, freshJobId()]) {
        expect(await stores().jobs.patchTwins({ jobId, limit: 9, at: LATER })).toEqual({ notices: [], left: false });
      }
      expect((await stores().twins.readTwin({ deviceId }))?.twin.desired.version).toBe(1);
    });
  });
}
