// What every audit must do. Goal: prove each statement of the port. Method: writes of every kind by somebody, then the audit under every filter.
import { expect, test } from 'vitest';
import type { Actor, AuditEntry } from '../../src/domain/audit/audit-entry.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import type { AuditQuery } from '../../src/ports/audit-log.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { methodJob, twinJob } from '../support/job-builders.ts';
import { createDevice, keysOf, put, remove, report, timeAt, update, WHOLE_AUDIT, write } from '../support/store-builders.ts';
import { type NewPlace, openNewStore } from '../support/store-place.ts';

const ANN: Actor = { policy: 'ann', source: '192.0.2.1' };
const BOB: Actor = { policy: 'bob', source: '2001:db8::2' };

export function describeAudit(newPlace: NewPlace): void {
  test('The audit of a new store is empty.', async () => {
    const { audit } = await openNewStore(newPlace);

    expect(await audit.readAudit(WHOLE_AUDIT)).toEqual({ entries: [], next: undefined });
  });

  test('Every write of a device or twin that somebody asked for is an entry with who, from where, when and both versions.', async () => {
    const stores = await openNewStore(newPlace);

    await stores.devices.writeDevices([
      put('lamp', { at: timeAt(1), by: ANN, keys: keysOf('a') }),
      update('lamp', { at: timeAt(2), by: BOB, keys: keysOf('b'), status: 'disabled', statusReason: 'lost' }),
    ]);
    await stores.twins.applyTwinChanges([
      write('lamp', { at: timeAt(3), by: ANN, tags: { a: 1 } }),
      write('lamp', { at: timeAt(4), by: BOB, kind: 'replace', desired: { a: 1 } }),
    ]);
    await stores.devices.writeDevices([remove('lamp')]);

    const [created, updated, patched, replaced, deleted] = (await entriesOf(stores)).toReversed();
    expect(created).toMatchObject({ at: timeAt(1), action: 'device.create', target: 'lamp', by: ANN, before: null, detail: null });
    expect(updated).toMatchObject({ at: timeAt(2), action: 'device.update', by: BOB, before: created?.after });
    expect(updated?.detail).toBe('disabled, statusReason, primary key, secondary key');
    expect(patched).toMatchObject({
      at: timeAt(3),
      action: 'twin.patch',
      target: 'lamp',
      by: ANN,
      before: '2',
      after: '3',
      detail: 'tags',
    });
    expect(replaced).toMatchObject({ at: timeAt(4), action: 'twin.replace', by: BOB, before: '3', after: '4', detail: 'tags, desired' });
    expect(deleted).toMatchObject({ action: 'device.delete', target: 'lamp', before: updated?.after, after: null });
  });

  test('The creation and the end of a job are entries; its own moves and what it does to twins are not.', async () => {
    const stores = await openNewStore(newPlace);
    await createDevice(stores, 'lamp');
    await stores.jobs.createJob(methodJob('call', { createdTime: timeAt(1) }), ANN);
    await stores.jobs.createJob(twinJob('set', { createdTime: timeAt(2) }), BOB);

    await stores.jobs.moveJob('set', { kind: 'start', at: timeAt(3) });
    await stores.jobs.moveJob('set', { kind: 'stop', at: timeAt(4), by: ANN });
    await stores.jobs.moveJob('call', { kind: 'fail', at: timeAt(5), reason: 'No reason.' });

    expect((await entriesOf(stores, { actionPrefix: 'job.' })).toReversed()).toMatchObject([
      { at: timeAt(1), action: 'job.create', target: 'call', by: ANN, before: null, after: 'queued', detail: 'direct method lockDoor' },
      { at: timeAt(2), action: 'job.create', target: 'set', by: BOB, detail: 'twin update' },
      { at: timeAt(4), action: 'job.cancel', target: 'set', by: ANN, before: 'running', after: 'cancelled' },
    ]);
  });

  test('What a device reports, and what was refused, is no entry.', async () => {
    const stores = await openNewStore(newPlace);
    await createDevice(stores, 'lamp');
    const before = await entriesOf(stores);

    await stores.devices.writeDevices([put('lamp'), update('unknown'), remove('lamp', { kind: 'none' })]);
    await stores.twins.applyTwinChanges([report('lamp', { a: 1 }), write('unknown', { tags: {} })]);
    await stores.twins.applyTwinChanges([write('lamp', { tags: {}, precondition: { kind: 'match', etag: 'stale' } })]);

    expect(await entriesOf(stores)).toEqual(before);
  });

  test('Filters select by target, by action, by policy and by time, alone and together.', async () => {
    const stores = await openNewStore(newPlace);
    await stores.devices.writeDevices([
      put('a', { at: timeAt(1), by: ANN }),
      put('b', { at: timeAt(2), by: BOB }),
      update('a', { at: timeAt(3), by: BOB }),
    ]);
    await stores.twins.applyTwinChanges([write('a', { at: timeAt(4), by: ANN, tags: { a: 1 } })]);

    const found = async (filter: Partial<AuditQuery>): Promise<readonly string[]> =>
      (await entriesOf(stores, filter)).map(({ action, target }) => `${action} ${target}`);

    expect(await found({ target: 'a' })).toEqual(['twin.patch a', 'device.update a', 'device.create a']);
    expect(await found({ target: 'A' })).toEqual([]);
    expect(await found({ actionPrefix: 'device.' })).toEqual(['device.update a', 'device.create b', 'device.create a']);
    expect(await found({ actionPrefix: 'device.update' })).toEqual(['device.update a']);
    expect(await found({ policy: 'ann' })).toEqual(['twin.patch a', 'device.create a']);
    expect(await found({ since: timeAt(2), until: timeAt(4) })).toEqual(['device.update a', 'device.create b']);
    expect(await found({ target: 'a', policy: 'bob', actionPrefix: 'device.', since: timeAt(3) })).toEqual(['device.update a']);
  });

  test('Pages go from the newest to the oldest and show each entry once, also while new ones come.', async () => {
    const stores = await openNewStore(newPlace);
    await stores.devices.writeDevices(['a', 'b', 'c', 'd', 'e'].map((deviceId) => put(deviceId)));

    const first = await stores.audit.readAudit({ ...WHOLE_AUDIT, limit: 2 });
    await createDevice(stores, 'f');
    const second = await stores.audit.readAudit({ ...WHOLE_AUDIT, limit: 2, beforeSequence: first.next });
    const third = await stores.audit.readAudit({ ...WHOLE_AUDIT, limit: 2, beforeSequence: second.next });

    expect([first, second, third].map(({ entries }) => entries.map(({ target }) => target))).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
    expect(third.next).toBeUndefined();
  });

  test('A page that holds all that is left is the last one, also when it is full.', async () => {
    const stores = await openNewStore(newPlace);
    await stores.devices.writeDevices(['a', 'b', 'c'].map((deviceId) => put(deviceId)));

    const all = await stores.audit.readAudit({ ...WHOLE_AUDIT, limit: 3 });
    const some = await stores.audit.readAudit({ ...WHOLE_AUDIT, limit: 2 });
    const filtered = await stores.audit.readAudit({ ...WHOLE_AUDIT, target: 'b', limit: 1 });

    expect(all).toMatchObject({ entries: [{ target: 'c' }, { target: 'b' }, { target: 'a' }], next: undefined });
    expect(some).toMatchObject({ entries: [{ target: 'c' }, { target: 'b' }], next: some.entries[1]?.sequence });
    expect(filtered).toMatchObject({ entries: [{ target: 'b' }], next: undefined });
  });

  test('A rare entry is found behind more entries than one page looks at, and the end is known.', async () => {
    const stores = await openNewStore(newPlace);
    await stores.devices.writeDevices([put('rare', { by: ANN }), put('lamp')]);
    const many = Array.from({ length: LIMITS.auditScanEntries.value }, () => write('lamp', { tags: { a: 1 } }));
    for (let from = 0; from < many.length; from += 2000) await stores.twins.applyTwinChanges(many.slice(from, from + 2000));

    const first = await stores.audit.readAudit({ ...WHOLE_AUDIT, policy: 'ann', limit: 10 });
    const second = await stores.audit.readAudit({ ...WHOLE_AUDIT, policy: 'ann', limit: 10, beforeSequence: first.next });

    expect(first.entries).toEqual([]);
    expect(first.next).toBeDefined();
    expect(second).toMatchObject({ entries: [{ target: 'rare' }], next: undefined });
  });

  test('An entry stays when its device is deleted, and when the store was closed in between.', async () => {
    const place = await newPlace();
    const before = await place.open();
    await before.devices.writeDevices([put('lamp'), remove('lamp')]);
    const kept = await entriesOf(before);
    await before.close();

    const after = await place.open();
    const found = await entriesOf(after);
    await after.close();

    expect(found).toEqual(kept);
    expect(found).toHaveLength(2);
  });

  test('Trimming removes the oldest entries before a time, at most its limit, and says how many; no sequence comes again.', async () => {
    const stores = await openNewStore(newPlace);
    await stores.devices.writeDevices([1, 2, 3, 4].map((minute) => put(`d${minute}`, { at: timeAt(minute) })));
    const sequences = (await entriesOf(stores)).map(({ sequence }) => sequence);

    const removed = [await stores.audit.trimAudit(timeAt(4), 2), await stores.audit.trimAudit(timeAt(4), 2)];
    const left = await entriesOf(stores);
    await stores.audit.trimAudit(timeAt(5), 2);
    await createDevice(stores, 'new');

    expect(removed).toEqual([2, 1]);
    expect(left.map(({ target }) => target)).toEqual(['d4']);
    expect((await entriesOf(stores))[0]?.sequence).toBeGreaterThan(Math.max(...sequences));
  });
}

async function entriesOf({ audit }: Stores, filter: Partial<AuditQuery> = {}): Promise<readonly AuditEntry[]> {
  const { entries, next } = await audit.readAudit({ ...WHOLE_AUDIT, ...filter });
  expect(next).toBeUndefined();
  return entries;
}
