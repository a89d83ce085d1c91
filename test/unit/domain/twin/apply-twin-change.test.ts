// What changes do to a twin: versions, etags, notices, preconditions and size limits.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { applyTwinChange, formatTwinEtag, newTwin, twinEtag } from '../../../../src/domain/twin/apply-twin-change.ts';
import type { TwinChange } from '../../../../src/domain/twin/twin.ts';
import { refusalOf } from '../refusal.ts';
import { CHANGED_AT, CREATED_AT, patchOf, replaceOf, reportOf, twinWith, writeOf } from './twin-builders.ts';

describe('newTwin', () => {
  it('has the versions and the etag of a fresh twin', () => {
    const twin = newTwin({ deviceId: 'device' }, CREATED_AT);

    const fresh = { properties: {}, metadata: { $lastUpdated: CREATED_AT }, version: 1 };
    expect(twin).toEqual({ deviceId: 'device', etagCounter: 1, version: 2, tags: {}, desired: fresh, reported: fresh });
    expect(twinEtag(twin)).toBe('AAAAAAAAAAE=');
  });
});

describe('twinEtag', () => {
  it.each([
    [2, 'AAAAAAAAAAI='],
    [256, 'AAAAAAAAAQA='],
    [2 ** 40, 'AAABAAAAAAA='],
  ])('writes counter %i as eight bytes, largest first', (etagCounter, etag) => {
    expect(twinEtag({ ...newTwin({ deviceId: 'device' }, CREATED_AT), etagCounter })).toBe(etag);
  });

  it('is base64 of each counter that there can be', () => {
    const edges = Array.from({ length: 54 }, (_, bits) => [2 ** bits - 1, 2 ** bits]).flat();
    const counters = [...edges, 0o123456701234567, 999_999_999_999].filter(Number.isSafeInteger);

    for (const counter of counters) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(BigInt(counter));
      expect(formatTwinEtag(counter)).toBe(bytes.toString('base64'));
    }
  });
});

describe('a service write', () => {
  it('of tags raises etag and version by one and tells the device nothing', () => {
    const before = twinWith({ desired: { a: 1 } });

    const { twin, changed, notice } = applyTwinChange(before, patchOf({ tags: { floor: 3 } }));

    expect(twin).toEqual({ ...before, tags: { floor: 3 }, etagCounter: before.etagCounter + 1, version: before.version + 1 });
    expect(changed).toEqual(['tags']);
    expect(notice).toBeUndefined();
  });

  it('of both sections raises etag and version by one', () => {
    const before = twinWith({});

    const { twin, changed } = applyTwinChange(before, patchOf({ tags: { floor: 3 }, desired: { a: 1 } }));

    expect(twin.etagCounter).toBe(before.etagCounter + 1);
    expect(twin.version).toBe(before.version + 1);
    expect(twin.desired.version).toBe(before.desired.version + 1);
    expect(changed).toEqual(['tags', 'desired']);
  });

  it('of a patch that names no section changes nothing', () => {
    const before = twinWith({ tags: { floor: 3 }, desired: { a: 1 } });

    const effect = applyTwinChange(before, patchOf({}));

    expect(effect).toEqual({ twin: before, changed: [], notice: undefined });
  });

  it('of a patch with null tags changes nothing', () => {
    const before = twinWith({ tags: { floor: 3 } });

    const effect = applyTwinChange(before, patchOf({ tags: null }));

    expect(effect).toEqual({ twin: before, changed: [], notice: undefined });
  });

  it('leaves reported properties alone', () => {
    const before = twinWith({ reported: { r: 1 } });

    const { twin } = applyTwinChange(before, replaceOf({ tags: {}, desired: {} }));

    expect(twin.reported).toBe(before.reported);
  });

  it('stamps desired properties with time and version', () => {
    const before = twinWith({ desired: { a: 1, b: 1 } });

    const { twin } = applyTwinChange(before, patchOf({ desired: { b: 2 } }));

    const old = { $lastUpdated: CREATED_AT, $lastUpdatedVersion: 2 };
    const stamp = { $lastUpdated: CHANGED_AT, $lastUpdatedVersion: 3 };
    expect(twin.desired.metadata).toEqual({ ...stamp, a: old, b: stamp });
  });
});

describe('a patch of desired properties', () => {
  it('is sent to the device as it is, with its nulls', () => {
    const before = twinWith({ desired: { a: 1, b: { x: 1, y: 1 } } });

    const { twin, notice } = applyTwinChange(before, patchOf({ desired: { a: null, b: { x: 2 }, c: null } }));

    expect(twin.desired.properties).toEqual({ b: { x: 2, y: 1 } });
    expect(notice).toEqual({ version: 3, patch: { a: null, b: { x: 2 }, c: null } });
  });

  it.each([
    ['equal values', { a: 1 }],
    ['nothing', {}],
  ])('raises the version and notifies with %s', (_what, desired: JsonObject) => {
    const before = twinWith({ desired: { a: 1 } });

    const { twin, changed, notice } = applyTwinChange(before, patchOf({ desired }));

    expect(twin.desired.properties).toEqual({ a: 1 });
    expect(twin.desired.version).toBe(before.desired.version + 1);
    expect(changed).toEqual(['desired']);
    expect(notice).toEqual({ version: twin.desired.version, patch: desired });
  });

  it.each(['patch', 'replace'] as const)('that is null clears them and names each removed key (%s)', (kind) => {
    const before = twinWith({ desired: { foo: 1, bar: { x: 1 } } });

    const { twin, notice } = applyTwinChange(before, writeOf(kind, { desired: null }));

    const stamp = { $lastUpdated: CHANGED_AT, $lastUpdatedVersion: 3 };
    expect(twin.desired).toEqual({ properties: {}, metadata: stamp, version: 3 });
    expect(notice).toEqual({ version: 3, patch: { foo: null, bar: null } });
  });
});

describe('a replace', () => {
  it('puts the new tags in the place of the old ones', () => {
    const before = twinWith({ tags: { old: 1, both: { x: 1 } } });

    const { twin } = applyTwinChange(before, replaceOf({ tags: { both: { y: 2 }, gone: null } }));

    expect(twin.tags).toEqual({ both: { y: 2 } });
  });

  it('stamps all of the new desired properties', () => {
    const before = twinWith({ desired: { a: 1, b: { x: 1 } } });

    const { twin } = applyTwinChange(before, replaceOf({ desired: { b: { x: 1 }, gone: null } }));

    const stamp = { $lastUpdated: CHANGED_AT, $lastUpdatedVersion: 3 };
    expect(twin.desired.properties).toEqual({ b: { x: 1 } });
    expect(twin.desired.metadata).toEqual({ ...stamp, b: { ...stamp, x: stamp } });
  });

  it('sends the device the full section and null for what is gone at any level', () => {
    const before = twinWith({ desired: { a: 1, b: { x: 1, y: 1 } } });

    const { notice } = applyTwinChange(before, replaceOf({ desired: { b: { y: 1 }, c: 2, gone: null } }));

    expect(notice).toEqual({ version: 3, patch: { a: null, b: { x: null, y: 1 }, c: 2 } });
  });

  it.each([undefined, null])('wipes a section that is %s, and leaves reported properties alone', (section) => {
    const before = twinWith({ tags: { floor: 3 }, desired: { a: 1 }, reported: { r: 1 } });

    const { twin, changed, notice } = applyTwinChange(before, replaceOf({ tags: section, desired: section }));

    expect([twin.tags, twin.desired.properties]).toEqual([{}, {}]);
    expect(twin.reported).toBe(before.reported);
    expect(changed).toEqual(['tags', 'desired']);
    expect(notice).toEqual({ version: before.desired.version + 1, patch: { a: null } });
  });
});

describe('the precondition of a service write', () => {
  it('lets the current etag pass, once', () => {
    const before = twinWith({});
    const write = patchOf({ tags: { a: 1 }, precondition: { kind: 'match', etag: twinEtag(before) } });

    const { twin } = applyTwinChange(before, write);

    expect(twin.tags).toEqual({ a: 1 });
    expect(refusalOf(() => applyTwinChange(twin, write)).code).toBe('PreconditionFailed');
  });

  it('lets any etag pass for *', () => {
    expect(() => applyTwinChange(twinWith({}), patchOf({ tags: { a: 1 }, precondition: { kind: 'any' } }))).not.toThrow();
  });

  it('is checked even when the write names no section', () => {
    const write = patchOf({ precondition: { kind: 'match', etag: 'abc' } });

    expect(refusalOf(() => applyTwinChange(twinWith({}), write)).code).toBe('PreconditionFailed');
  });

  it('holds after the device has reported', () => {
    const read = twinWith({});
    const reported = applyTwinChange(read, reportOf({ a: 1 })).twin;

    const write = patchOf({ tags: { a: 1 }, precondition: { kind: 'match', etag: twinEtag(read) } });

    expect(() => applyTwinChange(reported, write)).not.toThrow();
  });
});

describe('a report', () => {
  it('raises the version of reported properties alone', () => {
    const before = twinWith({ tags: { floor: 3 }, desired: { a: 1 }, reported: { old: 1 } });

    const effect = applyTwinChange(before, reportOf({ lastReboot: 'today', old: null }));

    const stamp = { $lastUpdated: CHANGED_AT };
    const reported = {
      properties: { lastReboot: 'today' },
      metadata: { ...stamp, lastReboot: stamp },
      version: before.reported.version + 1,
    };
    expect(effect).toEqual({ twin: { ...before, reported }, changed: ['reported'], notice: undefined });
  });

  it('raises the version even when it is empty', () => {
    const before = twinWith({ reported: { a: 1 } });

    const { twin } = applyTwinChange(before, reportOf({}));

    expect(twin.reported.properties).toEqual({ a: 1 });
    expect(twin.reported.version).toBe(before.reported.version + 1);
  });

  it('is refused when the device names another version than the current one', () => {
    const before = twinWith({ reported: { a: 1 } });
    const { version } = before.reported;

    expect(applyTwinChange(before, reportOf({ a: 2 }, version)).twin.reported.version).toBe(version + 1);
    expect(refusalOf(() => applyTwinChange(before, reportOf({ a: 2 }, version - 1))).code).toBe('PreconditionFailed');
    expect(refusalOf(() => applyTwinChange(before, reportOf({ a: 2 }, version + 1))).code).toBe('PreconditionFailed');
  });
});

describe('the size limit', () => {
  /** A section of exactly this size: one key of one byte, the rest in strings. */
  const sized = (bytes: number): JsonObject => ({ k: ['x'.repeat((bytes - 1) % 4096), ...filled(Math.floor((bytes - 1) / 4096))] });
  const filled = (count: number): string[] => Array.from({ length: count }, () => 'x'.repeat(4096));

  const tagsMessage = "'Tags' size should be less than 8192 bytes.";
  const desiredMessage = "'Properties.Desired' size should be less than 32768 bytes.";
  const reportedMessage = "'Properties.Reported' size should be less than 32768 bytes.";
  const limits: Record<string, { limit: number; message: string; changeTo: (section: JsonObject) => TwinChange }> = {
    'tags that are patched': { limit: 8192, message: tagsMessage, changeTo: (tags) => patchOf({ tags }) },
    'tags that are replaced': { limit: 8192, message: tagsMessage, changeTo: (tags) => replaceOf({ tags }) },
    'desired properties that are patched': { limit: 32_768, message: desiredMessage, changeTo: (desired) => patchOf({ desired }) },
    'desired properties that are replaced': { limit: 32_768, message: desiredMessage, changeTo: (desired) => replaceOf({ desired }) },
    'reported properties': { limit: 32_768, message: reportedMessage, changeTo: (patch) => reportOf(patch) },
  };
  it.each(Object.entries(limits))('of %s is the last size that is accepted', (_what, { limit, message, changeTo }) => {
    const before = newTwin({ deviceId: 'device' }, CREATED_AT);

    const refusal = refusalOf(() => applyTwinChange(before, changeTo(sized(limit + 1))));

    expect(() => applyTwinChange(before, changeTo(sized(limit)))).not.toThrow();
    expect(refusal).toMatchObject({ code: 'DeviceModelMaxPropertiesExceeded', message });
  });

  it('counts the section that the patch leads to, not the patch', () => {
    const before = twinWith({ tags: sized(8000) });

    expect(() => applyTwinChange(before, patchOf({ tags: { n: 'x'.repeat(191) } }))).not.toThrow();
    expect(refusalOf(() => applyTwinChange(before, patchOf({ tags: { n: 'x'.repeat(192) } }))).code).toBe(
      'DeviceModelMaxPropertiesExceeded',
    );
  });

  it('lets a section that is past it shrink or keep its size, not grow', () => {
    const past = { ...newTwin({ deviceId: 'device' }, CREATED_AT), tags: sized(9000) };

    expect(() => applyTwinChange(past, replaceOf({ tags: sized(8999) }))).not.toThrow();
    expect(() => applyTwinChange(past, replaceOf({ tags: sized(9000) }))).not.toThrow();
    expect(refusalOf(() => applyTwinChange(past, replaceOf({ tags: sized(9001) }))).code).toBe('DeviceModelMaxPropertiesExceeded');
  });

  it('bounds what counts nothing in bytes by the weight of the section, to the last character', () => {
    const maxWeight = LIMITS.twinSectionWeight.value;
    // The section, its key and the array weigh 3, and each string one more than it has characters.
    const weighing = (weight: number): JsonObject => ({ k: Array.from({ length: (weight - 3) / 2 }, () => '\u0001') });

    const { twin } = applyTwinChange(twinWith({}), reportOf({ ...weighing(maxWeight - 1) }));
    const oneMore = refusalOf(() => applyTwinChange(twin, reportOf({ a: '' })));

    expect(applyTwinChange(twin, reportOf({ '': '' })).twin.reported.version).toBe(3);
    expect(oneMore).toMatchObject({ code: 'DeviceModelMaxPropertiesExceeded' });
    expect(oneMore.message).toContain(`${maxWeight} characters`);
    expect(applyTwinChange(twin, reportOf({ k: null })).twin.reported.properties).toEqual({});
  });
});
