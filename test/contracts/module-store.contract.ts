// What every store of modules must do. Goal: prove each statement of the port. Method: modules of a device of their own, written and read back.
import { beforeEach, describe, expect, test } from 'vitest';
import { valueOf } from '../../src/domain/errors.ts';
import type { ModuleId } from '../../src/domain/identity/identity-id.ts';
import { moduleNotFound } from '../../src/domain/identity/module-write.ts';
import type { Module } from '../../src/domain/identity/module.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { NEVER } from '../../src/domain/time.ts';
import { newTwin } from '../../src/domain/twin/apply-twin-change.ts';
import type { ConnectionEvent } from '../../src/ports/device-store.ts';
import { sas } from '../support/identities.ts';
import {
  createDevice,
  createModule,
  freshId,
  keysOf,
  NOON,
  putModule,
  readAllChanges,
  remove,
  removeModule,
  timeAt,
  update,
  updateModule,
  WHOLE_AUDIT,
} from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';

export function describeModuleStore(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);
  let deviceId = '';
  let id: ModuleId = { deviceId, moduleId: '' };

  beforeEach(async () => {
    deviceId = freshId();
    id = { deviceId, moduleId: 'camera' };
    await createDevice(stores(), deviceId);
  });

  describe('a write', () => {
    test('of a new module makes it and its twin, and they read back as answered.', async () => {
      const write = putModule(id, { keys: keysOf('k'), managedBy: 'iotEdge', at: timeAt(3) });

      const outcomes = await stores().modules.writeModules([write]);

      const module: Module = {
        ...id,
        generationId: 'generation-1',
        etag: btoa('41'),
        managedBy: 'iotEdge',
        authentication: sas(keysOf('k')),
        connectionState: 'Disconnected',
        connectionStateUpdatedTime: NEVER,
        lastActivityTime: NEVER,
        modelId: '',
      };
      expect(outcomes).toEqual([{ kind: 'done', value: { kind: 'created', module } }]);
      expect(await stores().modules.readModule(id)).toEqual(module);
      expect(await stores().twins.readTwin(id)).toEqual({ identity: module, twin: newTwin(id, timeAt(3)) });
    });

    test.each([
      { type: 'selfSigned', thumbprints: { primary: 'A'.repeat(40), secondary: null } },
      { type: 'certificateAuthority' },
      { type: 'none' },
    ] as const)('keeps the authentication $type.', async (authentication) => {
      await createModule(stores(), id, { authentication });

      expect((await stores().modules.readModule(id))?.authentication).toEqual(authentication);
    });

    test('of a module that is there replaces what may be set and leaves its twin alone.', async () => {
      const created = await createModule(stores(), id, { managedBy: 'iotEdge' });
      const twin = await stores().twins.readTwin(id);

      const outcomes = await stores().modules.writeModules([updateModule(id, { keys: keysOf('n') })]);

      const module = { ...created, etag: btoa('42'), managedBy: null, authentication: sas(keysOf('n')) };
      expect(outcomes).toEqual([{ kind: 'done', value: { kind: 'updated', module, signInChanged: true } }]);
      expect(await stores().modules.readModule(id)).toEqual(module);
      expect((await stores().twins.readTwin(id))?.twin).toEqual(twin?.twin);
    });

    test('is refused without a device, stops no other, and later ones see earlier ones.', async () => {
      const nowhere = { deviceId: freshId(), moduleId: 'camera' };

      const outcomes = await stores().modules.writeModules([putModule(nowhere), putModule(id), putModule(id), removeModule(id)]);

      expect(outcomes).toMatchObject([
        { refusal: { code: 'DeviceNotFound' } },
        { value: { kind: 'created' } },
        { refusal: { code: 'ModuleAlreadyExistsOnDevice' } },
        { value: { kind: 'deleted' } },
      ]);
      expect(await stores().modules.listModules(nowhere.deviceId)).toEqual([]);
    });

    test('that would be one too many is refused, until another is deleted.', async () => {
      const ids = Array.from({ length: LIMITS.modulesPerDevice.value + 1 }, (_, index) => ({ deviceId, moduleId: `m${index}` }));
      const [first, ...others] = ids.map((each) => putModule(each));
      if (!first) throw new Error('There are modules');

      const outcomes = await stores().modules.writeModules([...others, first]);
      const again = await stores().modules.writeModules([removeModule({ deviceId, moduleId: 'm1' }), first]);

      expect(outcomes.at(-1)).toMatchObject({ refusal: { code: 'TooManyModulesOnDevice' } });
      expect(outcomes.slice(0, -1).map(({ kind }) => kind)).toEqual(others.map(() => 'done'));
      expect(again).toMatchObject([{ value: { kind: 'deleted' } }, { value: { kind: 'created' } }]);
    });

    test('is in the change feed and in the audit, with both ids.', async () => {
      const [last] = (await readAllChanges(stores())).slice(-1);

      await stores().modules.writeModules([putModule(id), updateModule(id), removeModule(id)]);

      const changes = await readAllChanges(stores(), last?.sequence);
      expect(changes).toMatchObject([
        { ...id, kind: 'moduleCreated' },
        { ...id, kind: 'moduleUpdated' },
        { ...id, kind: 'moduleDeleted' },
      ]);
      const { entries } = await stores().audit.readAudit({ ...WHOLE_AUDIT, target: `${deviceId}/camera` });
      expect(entries.map(({ action }) => action)).toEqual(['module.delete', 'module.update', 'module.create']);
    });
  });

  describe('a delete', () => {
    test('removes the module with its twin and subscriptions, and no other.', async () => {
      const other = { deviceId, moduleId: 'door' };
      const module = await createModule(stores(), id);
      await createModule(stores(), other);
      for (const each of [id, other, { deviceId }]) await stores().subscriptions.saveSubscriptions(each, ['methods']);

      const outcomes = await stores().modules.writeModules([removeModule(id)]);

      expect(outcomes).toEqual([{ kind: 'done', value: { kind: 'deleted', module } }]);
      const left = await Promise.all([id, other, { deviceId }].map((each) => stores().subscriptions.readSubscriptions(each)));
      expect(left).toEqual([undefined, ['methods'], ['methods']]);
      expect(await stores().twins.readTwin(id)).toBeUndefined();
      expect(await stores().twins.readTwin(other)).toBeDefined();
      expect(await stores().twins.readTwin({ deviceId })).toBeDefined();
    });

    test('of the device takes its modules with it, and none of another device.', async () => {
      const elsewhere = { deviceId: `${deviceId}x`, moduleId: 'camera' };
      await createDevice(stores(), elsewhere.deviceId);
      await createModule(stores(), elsewhere);
      await createModule(stores(), id);
      await stores().subscriptions.saveSubscriptions(id, ['methods']);

      await stores().devices.writeDevices([remove(deviceId)]);
      await createDevice(stores(), deviceId);

      expect(await stores().modules.listModules(deviceId)).toEqual([]);
      expect(await stores().twins.readTwin(id)).toBeUndefined();
      expect(await stores().subscriptions.readSubscriptions(id)).toBeUndefined();
      expect(await stores().modules.readModule(elsewhere)).toBeDefined();
    });
  });

  test('Modules are listed in code-point order of their ids, those of the device alone.', async () => {
    const ids = ['b', '$edgeAgent', 'B', 'a'].map((moduleId) => ({ deviceId, moduleId }));
    for (const each of ids) await createModule(stores(), each);

    const listed = await stores().modules.listModules(deviceId);

    expect(listed.map(({ moduleId }) => moduleId)).toEqual(['$edgeAgent', 'B', 'a', 'b']);
    expect(await stores().modules.listModules(freshId())).toEqual([]);
  });

  test('A change of the twin of a module leaves that of the device alone, and is refused for a module that is not there.', async () => {
    await createModule(stores(), id);
    const before = await stores().twins.readTwin({ deviceId });
    const report = { kind: 'report', patch: { level: 3 }, baseVersion: undefined, at: NOON } as const;

    const outcomes = await stores().twins.applyTwinChanges([
      { ...id, ...report },
      { deviceId, moduleId: 'ghost', ...report },
    ]);

    const { code, message } = moduleNotFound({ deviceId, moduleId: 'ghost' });
    expect(outcomes).toEqual([
      { kind: 'done', value: { kind: 'reported', version: 2 } },
      { kind: 'refused', refusal: { code, message } },
    ]);
    expect((await stores().twins.readTwin(id))?.twin.reported.properties).toEqual({ level: 3 });
    expect(await stores().twins.readTwin({ deviceId })).toEqual(before);
    expect((await readAllChanges(stores())).at(-1)).toMatchObject({ ...id, kind: 'twinUpdated', sections: ['reported'] });
  });

  test('A search among device twins finds no module.', async () => {
    await createModule(stores(), id);
    const condition = { kind: 'comparison', operator: '=', left: { kind: 'path', names: ['deviceId'] } } as const;

    const found = await stores().queries.queryTwins(
      { condition: { ...condition, right: { kind: 'constant', value: deviceId } }, after: undefined, limit: 10 },
      new AbortController().signal,
    );

    expect(found.twins.map(({ twin }) => twin.moduleId)).toEqual([undefined]);
  });

  describe('connections', () => {
    const connected = (connectionId: string): ConnectionEvent => ({
      ...id,
      kind: 'connected',
      connectionId,
      modelId: 'dtmi:a;1',
      at: NOON,
    });

    test('of a module are its own, and answer the etags of device and module.', async () => {
      const module = await createModule(stores(), id);
      const device = await stores().devices.readDevice(deviceId);

      const etags = await stores().devices.recordConnections([connected('c1')]);

      expect(etags).toEqual([`${device?.etag}/${module.etag}`]);
      const after = await stores().modules.readModule(id);
      expect(after).toMatchObject({ connectionState: 'Connected', lastActivityTime: NOON, modelId: 'dtmi:a;1', etag: module.etag });
      expect(await stores().devices.readDevice(deviceId)).toEqual(device);
    });

    test('answer another etag once the device was changed, and none for a module that is not there.', async () => {
      await createModule(stores(), id);
      const [before] = await stores().devices.recordConnections([connected('c1')]);
      await stores().devices.writeDevices([update(deviceId)]);

      const [after, unknown] = await stores().devices.recordConnections([
        connected('c2'),
        { deviceId, moduleId: 'ghost', kind: 'seen', at: NOON },
      ]);

      expect(after).not.toBe(before);
      expect(unknown).toBeUndefined();
    });

    test('end by the latest connection alone, and all at once.', async () => {
      await createModule(stores(), id);
      await stores().devices.recordConnections([connected('c1'), connected('c2')]);

      await stores().devices.recordConnections([{ ...id, kind: 'disconnected', connectionId: 'c1', at: timeAt(1), activeAt: undefined }]);
      const still = await stores().modules.readModule(id);
      await stores().devices.disconnectAll(timeAt(2));

      expect(still?.connectionState).toBe('Connected');
      expect(await stores().modules.readModule(id)).toMatchObject({
        connectionState: 'Disconnected',
        connectionStateUpdatedTime: timeAt(2),
      });
    });
  });

  test('A batch of writes is answered in its order.', async () => {
    const moduleIds = ['c', 'a', 'b'];

    const outcomes = await stores().modules.writeModules(moduleIds.map((moduleId) => putModule({ deviceId, moduleId })));

    expect(outcomes.map((outcome) => valueOf(outcome).module.moduleId)).toEqual(moduleIds);
  });
}
