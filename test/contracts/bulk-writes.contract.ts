// What every device store must do with bulk writes. Goal: each item is done whole or not at all, as single writes would do it, and stops no
// other. Method: few devices read back; then random lists of writes, with the pure rules as model.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outcomeOf } from '../../src/domain/errors.ts';
import type { BulkEffect, BulkWrite } from '../../src/domain/identity/bulk-write.ts';
import { applyDeviceWrite, deviceNotFound, type DeviceWrite, type DeviceWriteEffect } from '../../src/domain/identity/device-write.ts';
import { applyTwinChange, newTwin } from '../../src/domain/twin/apply-twin-change.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { NO_EDGE } from '../../src/domain/identity/device-scope.ts';
import type { Device } from '../../src/domain/identity/device.ts';
import type { Twin } from '../../src/domain/twin/twin.ts';
import { serviceWritesOf, type TwinWrite } from '../support/arbitrary-twins.ts';
import { canonicalJson } from '../support/json-text.ts';
import {
  createDevice,
  freshId,
  keysOf,
  NOON,
  put,
  putModule,
  readAllChanges,
  remove,
  removeModule,
  timeAt,
  update,
  updateModule,
  WHOLE_AUDIT,
  write,
} from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';

/** Merged into tags, these are refused. */
const TOO_MANY_TAGS = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, 'x'.repeat(LIMITS.tagsBytes.value / 2)]));

export function describeBulkWrites(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  test('A device and its twin are created together, and change feed and audit have both.', async () => {
    const deviceId = freshId();
    const feed = await readAllChanges(stores());
    const twin = write(deviceId, { tags: { plant: 'A' }, desired: { level: 3 }, at: timeAt(5) });

    const outcomes = await stores().devices.writeInBulk([withTwin(put(deviceId, { at: timeAt(5) }), twin)]);

    const read = await stores().twins.readTwin({ deviceId });
    const expected = applyTwinChange(newTwin({ deviceId }, timeAt(5)), twin);
    expect(read).toEqual({ identity: await stores().devices.readDevice(deviceId), twin: expected.twin });
    expect(outcomes).toEqual([
      {
        kind: 'done',
        value: { deviceId, device: { kind: 'created', device: read?.identity }, notice: { version: 2, patch: { level: 3 } } },
      },
    ]);
    const changes = (await readAllChanges(stores())).slice(feed.length);
    expect(changes).toMatchObject([
      { kind: 'deviceCreated', deviceId, at: timeAt(5) },
      { kind: 'twinUpdated', deviceId, at: timeAt(5), sections: ['tags', 'desired'] },
    ]);
    expect(await auditOf(deviceId)).toEqual(['device.create', 'twin.patch']);
  });

  test.each<[string, (deviceId: string) => BulkWrite]>([
    ['whose twin is refused', (deviceId) => withTwin(update(deviceId, { statusReason: 'new' }), write(deviceId, { tags: TOO_MANY_TAGS }))],
    [
      'whose twin has another etag',
      (deviceId) =>
        withTwin(
          update(deviceId, { statusReason: 'new' }),
          write(deviceId, { tags: { a: 1 }, precondition: { kind: 'match', etag: 'AAAAAAAAAAk=' } }),
        ),
    ],
    [
      'whose device is refused',
      (deviceId) => withTwin(update(deviceId, { precondition: { kind: 'match', etag: 'x' } }), write(deviceId, { tags: { a: 1 } })),
    ],
  ])('An item %s changes neither, and stops no other.', async (_, broken) => {
    const [first, deviceId, last] = [freshId(), freshId(), freshId()];
    await createDevice(stores(), deviceId);
    const before = await stores().twins.readTwin({ deviceId });
    const feed = await readAllChanges(stores());

    const outcomes = await stores().devices.writeInBulk([deviceAlone(put(first)), broken(deviceId), deviceAlone(put(last))]);

    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'refused', 'done']);
    expect(await stores().twins.readTwin({ deviceId })).toEqual(before);
    expect(await auditOf(deviceId)).toEqual(['device.create']);
    const changes = (await readAllChanges(stores())).slice(feed.length);
    expect(changes.map((change) => change.deviceId)).toEqual([first, last]);
  });

  test('A device whose twin is refused is not created.', async () => {
    const deviceId = freshId();

    const outcomes = await stores().devices.writeInBulk([withTwin(put(deviceId), write(deviceId, { tags: TOO_MANY_TAGS }))]);

    expect(outcomes).toMatchObject([{ kind: 'refused', refusal: { code: 'DeviceModelMaxPropertiesExceeded' } }]);
    expect(await stores().devices.readDevice(deviceId)).toBeUndefined();
  });

  test('A twin alone is written as by a twin change, and refused for an unknown device.', async () => {
    const deviceId = freshId();
    const unknown = freshId();
    await createDevice(stores(), deviceId);
    const before = await stores().twins.readTwin({ deviceId });

    const outcomes = await stores().devices.writeInBulk([
      { kind: 'twin', twin: write(deviceId, { desired: { level: 3 } }) },
      { kind: 'twin', twin: write(unknown, { desired: { level: 3 } }) },
    ]);

    const { code, message } = deviceNotFound(unknown);
    expect(outcomes).toMatchObject([
      { kind: 'done', value: { deviceId, notice: { version: 2, patch: { level: 3 } } } },
      { kind: 'refused', refusal: { code, message } },
    ]);
    const after = await stores().twins.readTwin({ deviceId });
    expect(after).toMatchObject({ identity: before?.identity, twin: { desired: { properties: { level: 3 }, version: 2 } } });
  });

  test('A list with an item that cannot be stored fails as a whole and changes nothing.', async () => {
    const first = freshId();
    const broken = put(freshId(), { generationId: JSON.parse('null') });
    const feed = await readAllChanges(stores());

    const writing = stores().devices.writeInBulk([
      deviceAlone(put(first)),
      withTwin(broken, write(broken.kind === 'put' ? broken.spec.deviceId : '', { tags: { a: 1 } })),
    ]);

    await expect(writing).rejects.toThrow(/not.null/i);
    expect(await stores().devices.readDevice(first)).toBeUndefined();
    expect(await readAllChanges(stores())).toEqual(feed);
  });

  test('A list does what the rules of devices and twins do, item by item.', async () => {
    const ids = ['bulk-1', 'bulk-2'];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...ids).chain(bulkWritesOf), { minLength: 1, maxLength: 12 }), async (writes) => {
        await stores().devices.writeDevices(ids.map((deviceId) => remove(deviceId)));
        const model = new Map<string, DeviceState>();
        const expected = writes.map((item) => canonicalJson(outcomeOf(() => applyToModel(model, item))));

        const outcomes = await stores().devices.writeInBulk(writes);

        expect(outcomes.map((outcome) => canonicalJson(outcome))).toEqual(expected);
        for (const deviceId of ids) {
          expect(canonicalJson((await stores().twins.readTwin({ deviceId })) ?? null)).toBe(canonicalJson(shownAs(model.get(deviceId))));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('A module and its twin are written together, and a device with modules of its edge runtime, before items that need them.', async () => {
    const deviceId = freshId();
    const id = { deviceId, moduleId: 'camera' };
    const twin = { ...write(deviceId, { desired: { level: 3 } }), moduleId: 'camera' };

    const outcomes = await stores().devices.writeInBulk([
      { kind: 'module', module: putModule(id), twin: undefined },
      deviceAlone(put(deviceId, { edge: { ...NO_EDGE, iotEdge: true } })),
      { kind: 'module', module: putModule(id), twin },
      { kind: 'module', module: updateModule(id, { keys: keysOf('n') }), twin: { ...twin, tags: TOO_MANY_TAGS } },
      { kind: 'twin', twin: { ...twin, moduleId: '$edgeHub' } },
      { kind: 'module', module: removeModule({ deviceId, moduleId: '$edgeHub' }), twin: undefined },
    ]);

    expect(outcomes).toMatchObject([
      { refusal: { code: 'IotHubUnauthorizedAccess' } },
      { value: { deviceId, device: { kind: 'created', device: { iotEdge: true } } } },
      { value: { ...id, module: { kind: 'created' }, notice: { version: 2, patch: { level: 3 } } } },
      { refusal: { code: 'DeviceModelMaxPropertiesExceeded' } },
      { refusal: { code: 'SystemModuleModifyUnauthorizedAccess' } },
      { refusal: { code: 'SystemModuleModifyUnauthorizedAccess' } },
    ]);
    expect((await stores().twins.readTwin(id))?.twin.desired.properties).toEqual({ level: 3 });
    expect((await stores().modules.readModule(id))?.etag).toBe(btoa('41'));
  });

  /** What was done to a device, in order. */
  async function auditOf(deviceId: string): Promise<readonly string[]> {
    const { entries } = await stores().audit.readAudit({ ...WHOLE_AUDIT, target: deviceId });
    return entries.map(({ action }) => action).toReversed();
  }
}

/** The model knows no modules, whose rules are those of single writes of modules. */
type ModelledWrite = Exclude<BulkWrite, { kind: 'module' }>;

function deviceAlone(device: DeviceWrite): ModelledWrite {
  return { kind: 'device', device, twin: undefined };
}

function withTwin(device: DeviceWrite, twin: TwinWrite): ModelledWrite {
  return { kind: 'device', device, twin };
}

function bulkWritesOf(deviceId: string): fc.Arbitrary<ModelledWrite> {
  const twin = fc.oneof({ weight: 5, arbitrary: serviceWritesOf(deviceId) }, fc.constant(write(deviceId, { tags: TOO_MANY_TAGS })));
  const precondition = fc.constantFrom({ kind: 'any' } as const, { kind: 'match', etag: btoa('42') } as const);
  const device = fc.oneof(
    fc.constant(put(deviceId)),
    precondition.map((condition) => update(deviceId, { precondition: condition, statusReason: 'new', keys: keysOf('n') })),
    precondition.map((condition) => remove(deviceId, condition)),
  );
  return fc.oneof(
    device.map(deviceAlone),
    twin.map((change): ModelledWrite => ({ kind: 'twin', twin: change })),
    fc.tuple(device, twin).map(([first, second]) => (first.kind === 'put' ? withTwin(first, second) : deviceAlone(first))),
  );
}

function shownAs(state: DeviceState | undefined): unknown {
  return state ? { identity: state.device, twin: state.twin } : null;
}

type DeviceState = { readonly device: Device; readonly twin: Twin };

/** The rules of single writes over a map. Nothing is kept of an item that throws. */
function applyToModel(model: Map<string, DeviceState>, item: ModelledWrite): BulkEffect {
  const deviceId = item.kind === 'twin' ? item.twin.deviceId : idOf(item.device);
  const before = model.get(deviceId);
  const device = item.kind === 'device' ? applyDeviceWrite(before?.device, item.device, () => undefined) : undefined;
  const after = device ? afterDevice(before, device) : before;
  const effect = item.twin && applyToTwin(deviceId, after, item.twin);
  if (!after) model.delete(deviceId);
  else model.set(deviceId, { ...after, twin: effect?.twin ?? after.twin });
  return { deviceId, device, notice: effect?.notice };
}

function applyToTwin(deviceId: string, found: DeviceState | undefined, twin: TwinWrite): ReturnType<typeof applyTwinChange> {
  if (!found) throw deviceNotFound(deviceId);
  return applyTwinChange(found.twin, twin);
}

function afterDevice(before: DeviceState | undefined, effect: DeviceWriteEffect): DeviceState | undefined {
  if (effect.kind === 'deleted') return undefined;
  return { device: effect.device, twin: before?.twin ?? newTwin({ deviceId: effect.device.deviceId }, NOON) };
}

function idOf(device: DeviceWrite): string {
  return device.kind === 'put' ? device.spec.deviceId : device.deviceId;
}
