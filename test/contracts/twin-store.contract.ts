// What every twin store must do. Goal: prove each statement of the port. Method: changes of few twins, read back and compared with the rule.
import { describe, expect, test } from 'vitest';
import { deviceNotFound } from '../../src/domain/identity/device-write.ts';
import type { Device } from '../../src/domain/identity/device.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { applyTwinChange, newTwin } from '../../src/domain/twin/apply-twin-change.ts';
import type { Twin } from '../../src/domain/twin/twin.ts';
import { canonicalJson } from '../support/json-text.ts';
import { createDevice, createModule, freshId, NOON, readAllChanges, report, timeAt, write } from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';

export function describeTwinStore(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  test('The twin of a device that is not registered reads as undefined.', async () => {
    expect(await stores().twins.readTwin({ deviceId: freshId() })).toBeUndefined();
  });

  test('Many twins are read as each of them is, in the order of their ids, also one that is named twice.', async () => {
    const [{ deviceId }, { deviceId: other }, unknown] = [await createTwin(), await createTwin(), freshId()];
    const module = { deviceId, moduleId: 'eye' };
    await createModule(stores(), module);
    await stores().twins.applyTwinChanges([report(deviceId, { lamp: 1 }), { ...report(deviceId, { lens: 2 }), moduleId: 'eye' }]);
    const ids = [{ deviceId: other }, { deviceId: unknown }, module, { deviceId }, { ...module, moduleId: 'ear' }, { deviceId: other }];

    const read = await stores().twins.readTwins(ids);

    expect(read).toEqual(await Promise.all(ids.map((id) => stores().twins.readTwin(id))));
    expect(read.map((found) => found?.twin.reported.properties)).toEqual([{}, undefined, { lens: 2 }, { lamp: 1 }, undefined, {}]);
    expect(await stores().twins.readTwins([])).toEqual([]);
  });

  test('Changes of a device that is not registered are refused as DeviceNotFound.', async () => {
    const unknown = freshId();

    const outcomes = await stores().twins.applyTwinChanges([
      report(unknown, {}),
      write(unknown, { desired: {} }),
      write(unknown, { kind: 'replace', tags: {} }),
    ]);

    const { code, message } = deviceNotFound(unknown);
    const refused = { kind: 'refused', refusal: { code, message } };
    expect(outcomes).toEqual([refused, refused, refused]);
  });

  test('A report is answered with the new version, and the twin reads back as the rule has it.', async () => {
    const { deviceId, twin, device } = await createTwin();
    const change = report(deviceId, { lamp: { on: true } }, { at: timeAt(4) });

    const outcomes = await stores().twins.applyTwinChanges([change]);

    expect(outcomes).toEqual([{ kind: 'done', value: { kind: 'reported', version: 2 } }]);
    expect(await stores().twins.readTwin({ deviceId })).toEqual({ identity: device, twin: applyTwinChange(twin, change).twin });
  });

  test.each(['patch', 'replace'] as const)('A %s is answered with twin, identity and notice as the rule has them.', async (kind) => {
    const { deviceId, twin, device } = await createTwin();
    const first = write(deviceId, { tags: { plant: 'A' }, desired: { lamp: { on: true, level: 3 } } });
    const second = write(deviceId, { kind, tags: { line: 4 }, desired: { lamp: { level: 5 } }, at: timeAt(4) });
    await stores().twins.applyTwinChanges([first]);

    const outcomes = await stores().twins.applyTwinChanges([second]);

    const expected = applyTwinChange(applyTwinChange(twin, first).twin, second);
    expect(outcomes).toEqual([
      { kind: 'done', value: { kind: 'written', identityTwin: { identity: device, twin: expected.twin }, notice: expected.notice } },
    ]);
    expect(await stores().twins.readTwin({ deviceId })).toEqual({ identity: device, twin: expected.twin });
  });

  test('A write of tags alone gives no notice.', async () => {
    const { deviceId } = await createTwin();

    const outcomes = await stores().twins.applyTwinChanges([write(deviceId, { tags: { plant: 'A' } })]);

    expect(outcomes).toMatchObject([{ kind: 'done', value: { kind: 'written' } }]);
    expect(outcomes).not.toMatchObject([{ value: { notice: expect.anything() } }]);
  });

  test('A write that names no section is answered with the twin as it is and changes nothing.', async () => {
    const { deviceId, twin, device } = await createTwin();
    const feed = await readAllChanges(stores());

    const outcomes = await stores().twins.applyTwinChanges([write(deviceId, {}), write(deviceId, { tags: null })]);

    const unchanged = { kind: 'done', value: { kind: 'written', identityTwin: { identity: device, twin } } };
    expect(outcomes).toMatchObject([unchanged, unchanged]);
    expect(await stores().twins.readTwin({ deviceId })).toEqual({ identity: device, twin });
    expect(await readAllChanges(stores())).toEqual(feed);
  });

  test('Later changes of a batch see earlier ones, and outcomes stand in the order of the changes.', async () => {
    const one = await createTwin();
    const other = await createTwin();

    const outcomes = await stores().twins.applyTwinChanges([
      report(one.deviceId, { a: 1 }),
      report(other.deviceId, { a: 1 }),
      report(one.deviceId, { b: 2 }),
      write(one.deviceId, { desired: { c: 3 } }),
      report(one.deviceId, { d: 4 }),
    ]);

    expect(outcomes).toMatchObject([
      { value: { version: 2 } },
      { value: { version: 2 } },
      { value: { version: 3 } },
      { value: { identityTwin: { twin: { desired: { version: 2 }, reported: { properties: { a: 1, b: 2 }, version: 3 } } } } },
      { value: { version: 4 } },
    ]);
    const read = await stores().twins.readTwin({ deviceId: one.deviceId });
    expect(read?.twin.reported.properties).toEqual({ a: 1, b: 2, d: 4 });
  });

  test('A refused change changes nothing and stops no other.', async () => {
    const { deviceId } = await createTwin();
    const stale = { kind: 'match', etag: 'AAAAAAAAAAc=' } as const;

    const outcomes = await stores().twins.applyTwinChanges([
      report(deviceId, { a: 1 }),
      report(deviceId, { a: 2 }, { baseVersion: 1 }),
      write(deviceId, { desired: { a: 3 }, precondition: stale }),
      write(deviceId, { kind: 'replace', tags: { a: 4 }, precondition: stale }),
      report(deviceId, { b: 5 }, { baseVersion: 2 }),
    ]);

    expect(outcomes).toMatchObject([
      { kind: 'done' },
      { kind: 'refused', refusal: { code: 'PreconditionFailed' } },
      { kind: 'refused', refusal: { code: 'PreconditionFailed' } },
      { kind: 'refused', refusal: { code: 'PreconditionFailed' } },
      { kind: 'done', value: { version: 3 } },
    ]);
    const read = await stores().twins.readTwin({ deviceId });
    expect(read?.twin).toMatchObject({ version: 2, tags: {}, desired: { properties: {} }, reported: { properties: { a: 1, b: 5 } } });
  });

  test('A batch with a change that cannot be stored fails as a whole and changes nothing.', async () => {
    const one = await createTwin();
    const other = await createTwin();
    const feed = await readAllChanges(stores());
    const broken = report(one.deviceId, { a: 2 }, { at: JSON.parse('null') });

    const applying = stores().twins.applyTwinChanges([report(one.deviceId, { a: 1 }), broken, report(other.deviceId, { a: 1 })]);

    await expect(applying).rejects.toThrow(/not.null/i);
    expect(await stores().twins.readTwin({ deviceId: one.deviceId })).toEqual({ identity: one.device, twin: one.twin });
    expect(await stores().twins.readTwin({ deviceId: other.deviceId })).toEqual({ identity: other.device, twin: other.twin });
    expect(await readAllChanges(stores())).toEqual(feed);
  });

  test('A batch of nothing is answered with nothing.', async () => {
    expect(await stores().twins.applyTwinChanges([])).toEqual([]);
  });

  test('A change of the twin leaves the identity alone.', async () => {
    const { deviceId, device } = await createTwin();

    await stores().twins.applyTwinChanges([write(deviceId, { tags: { a: 1 }, desired: { a: 1 } }), report(deviceId, { a: 1 })]);

    expect(await stores().devices.readDevice(deviceId)).toEqual(device);
  });

  test('A read sees each change that was acknowledged before it.', async () => {
    const { deviceId } = await createTwin();
    const read: unknown[] = [];

    for (let round = 0; round < 100; round += 1) {
      await stores().twins.applyTwinChanges([report(deviceId, { round })]);
      const found = await stores().twins.readTwin({ deviceId });
      read.push(found?.twin.reported.properties.round);
    }

    expect(read).toEqual(Array.from({ length: 100 }, (_, round) => round));
  });

  describe('a section', () => {
    const sections = ['tags', 'desired', 'reported'] as const;

    test.each([
      ['the largest and smallest integer', { most: LIMITS.twinIntegerMax.value, least: -LIMITS.twinIntegerMax.value - 1 }],
      ['doubles', { tenth: 0.1, tiny: 5e-324, huge: 1.7976931348623157e308, long: 123456789.12345679, negative: -1e-7 }],
      ['keys of every script', { ключ: 1, '🙂': 2, é: 3, 'e\u0301': 4, '': 5 }],
      [
        'keys with meaning elsewhere',
        Object.fromEntries([...['constructor', '"', "'", '\\', '%', '/', '[0]', '-', '1'].entries()].map(([at, key]) => [key, at])),
      ],
      ['a key named __proto__', JSON.parse('{"__proto__":{"__proto__":1},"a":{"__proto__":"x"}}')],
      [
        'texts with meaning elsewhere',
        { quotes: `'"`, escape: '\\u0000\\', control: '\u0001\t\n\u007f', line: '\u2028', json: '{"a":[1]}', sql: "'; --" },
      ],
      ['nested arrays', { list: [[], [1, 'a', false], [{ a: [{}] }]], empty: [], none: {} }],
    ] satisfies [string, JsonObject][])('keeps %s.', async (_, properties) => {
      const { deviceId } = await createTwin();

      await stores().twins.applyTwinChanges([write(deviceId, { tags: properties, desired: properties }), report(deviceId, properties)]);

      const found = await stores().twins.readTwin({ deviceId });
      const kept = [found?.twin.tags, found?.twin.desired.properties, found?.twin.reported.properties];
      expect(kept.map(canonicalJson)).toEqual(sections.map(() => canonicalJson(properties)));
    });

    test('may be as large as its limit, and not one byte larger.', async () => {
      const { deviceId } = await createTwin();
      const [tags, properties] = [sectionOf(LIMITS.tagsBytes.value), sectionOf(LIMITS.propertiesBytes.value)];
      await stores().twins.applyTwinChanges([write(deviceId, { tags, desired: properties }), report(deviceId, properties)]);
      const largest = await stores().twins.readTwin({ deviceId });

      const outcomes = await stores().twins.applyTwinChanges([
        write(deviceId, { tags: { k: true } }),
        write(deviceId, { desired: { k: true } }),
        report(deviceId, { k: true }),
      ]);

      const refused = { kind: 'refused', refusal: { code: 'DeviceModelMaxPropertiesExceeded' } };
      expect(outcomes).toMatchObject([refused, refused, refused]);
      expect(largest?.twin).toMatchObject({ tags, desired: { properties }, reported: { properties } });
      expect(await stores().twins.readTwin({ deviceId })).toEqual(largest);
    });
  });

  async function createTwin(): Promise<{ deviceId: string; device: Device; twin: Twin }> {
    const deviceId = freshId();
    return { deviceId, device: await createDevice(stores(), deviceId), twin: newTwin({ deviceId }, NOON) };
  }
}

/** A section that counts exactly `bytes`: keys of 2 bytes with strings of at most 4,094. */
function sectionOf(bytes: number): JsonObject {
  const keys = Math.ceil(bytes / 4096);
  const entries = Array.from({ length: keys }, (_, index) => [`k${index}`, 'x'.repeat(Math.min(4096, bytes - index * 4096) - 2)]);
  return Object.fromEntries(entries);
}
