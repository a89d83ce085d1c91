// What every store of modules must do. Goal: prove each statement of the port. Method: modules of a device of their own, written and read back.
import { beforeEach, describe, expect, test } from 'vitest';
import { valueOf } from '../../src/domain/errors.ts';
import { NO_EDGE } from '../../src/domain/identity/device-scope.ts';
import type { ModuleId } from '../../src/domain/identity/identity-id.ts';
import type { Module } from '../../src/domain/identity/module.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { NEVER } from '../../src/domain/time.ts';
import { newTwin } from '../../src/domain/twin/apply-twin-change.ts';
import { twinNotFound } from '../../src/domain/twin/twin-not-found.ts';
import type { ConnectionEvent } from '../../src/ports/device-store.ts';
import { sas } from '../support/identities.ts';
import {
  createDevice,
  createModule,
  freshId,
  keysOf,
  NOON,
  put,
  putModule,
  readAllChanges,
  remove,
  removeModule,
  report,
  timeAt,
  update,
  updateModule,
  WHOLE_AUDIT,
  write,
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
      const creation = putModule(id, { keys: keysOf('k'), managedBy: 'iotEdge', at: timeAt(3) });

      const outcomes = await stores().modules.writeModules([creation]);

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
        { refusal: { code: 'IotHubUnauthorizedAccess' } },
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

      const message = expect.stringContaining(`has ${LIMITS.modulesPerDevice.value}. Delete others first.`);
      expect(outcomes.at(-1)).toMatchObject({ refusal: { code: 'TooManyModulesOnDevice', message } });
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

  describe('an edge device', () => {
    const edge = { ...NO_EDGE, iotEdge: true };
    const idsOf = async (): Promise<readonly string[]> => (await stores().modules.listModules(deviceId)).map(({ moduleId }) => moduleId);

    test('comes with the modules of its runtime and their twins, in one commit, told in feed and audit.', async () => {
      const [last] = (await readAllChanges(stores())).slice(-1);
      const gate = { deviceId: freshId(), moduleId: '$edgeHub' };

      await stores().devices.writeDevices([put(gate.deviceId, { edge, at: timeAt(3) })]);

      const module = await stores().modules.readModule(gate);
      expect(module).toMatchObject({ ...gate, managedBy: 'iotEdge', authentication: { type: 'none' } });
      expect(await stores().twins.readTwin(gate)).toEqual({ identity: module, twin: newTwin(gate, timeAt(3)) });
      expect((await readAllChanges(stores(), last?.sequence)).map(({ kind, moduleId }) => [kind, moduleId])).toEqual([
        ['deviceCreated', undefined],
        ['moduleCreated', '$edgeAgent'],
        ['moduleCreated', '$edgeHub'],
      ]);
      const { entries } = await stores().audit.readAudit({ ...WHOLE_AUDIT, target: `${gate.deviceId}/$edgeHub` });
      expect(entries).toMatchObject([{ action: 'module.create', at: timeAt(3), detail: 'iotEdge' }]);
    });

    test('loses them when it is one no more, with their twins and subscriptions, and gets them anew.', async () => {
      await createModule(stores(), id);
      const [made] = await stores().devices.writeDevices([update(deviceId, { edge })]);
      await stores().subscriptions.saveSubscriptions({ deviceId, moduleId: '$edgeHub' }, ['methods']);

      const [ended] = await stores().devices.writeDevices([update(deviceId)]);

      expect([made, ended]).toMatchObject([{ value: { device: { iotEdge: true } } }, { value: { device: NO_EDGE, signInChanged: true } }]);
      expect(await idsOf()).toEqual(['camera']);
      expect(await stores().twins.readTwin({ deviceId, moduleId: '$edgeHub' })).toBeUndefined();
      expect(await stores().subscriptions.readSubscriptions({ deviceId, moduleId: '$edgeHub' })).toBeUndefined();
      await stores().devices.writeDevices([update(deviceId, { edge })]);
      expect(await idsOf()).toEqual(['$edgeAgent', '$edgeHub', 'camera']);
    });

    test('needs room for them, and is refused whole without.', async () => {
      const fits = Array.from({ length: LIMITS.modulesPerDevice.value - 1 }, (_, index) => ({ deviceId, moduleId: `m${index}` }));
      await stores().modules.writeModules(fits.map((each) => putModule(each)));
      const before = await stores().devices.readDevice(deviceId);

      const refused = await stores().devices.writeDevices([update(deviceId, { edge })]);

      expect(refused).toMatchObject([{ refusal: { code: 'TooManyModulesOnDevice' } }]);
      expect(await stores().devices.readDevice(deviceId)).toEqual(before);
      await stores().modules.writeModules([removeModule({ deviceId, moduleId: 'm0' })]);
      expect(await stores().devices.writeDevices([update(deviceId, { edge })])).toMatchObject([{ kind: 'done' }]);
    });

    test('keeps their identities and twins from back ends, which read them, and not from the modules themselves.', async () => {
      await stores().devices.writeDevices([update(deviceId, { edge })]);
      const agent = { deviceId, moduleId: '$edgeAgent' };

      const writes = await stores().modules.writeModules([putModule(agent), updateModule(agent), removeModule(agent)]);
      const changes = await stores().twins.applyTwinChanges([
        { ...write(deviceId, { tags: { a: 1 } }), ...agent },
        { ...report(deviceId, { a: 1 }), ...agent },
      ]);

      expect([...writes, ...changes]).toMatchObject([
        ...Array(4).fill({ refusal: { code: 'SystemModuleModifyUnauthorizedAccess' } }),
        { value: { kind: 'reported' } },
      ]);
      expect(await stores().modules.readModule(agent)).toMatchObject({ etag: btoa('41') });
    });

    test('is the parent of others by its scope, also in one commit.', async () => {
      const child = freshId();
      await stores().devices.writeDevices([update(deviceId, { edge })]);
      const deviceScope = (await stores().devices.readDevice(deviceId))?.deviceScope ?? '';

      const outcomes = await stores().devices.writeDevices([
        put(child, { edge: { ...NO_EDGE, deviceScope } }),
        put(freshId(), { edge: { ...NO_EDGE, deviceScope: `${deviceScope}0` } }),
      ]);

      expect(outcomes).toMatchObject([{ kind: 'done' }, { refusal: { code: 'InvalidDeviceScope' } }]);
      expect(await stores().devices.readDevice(child)).toMatchObject({ iotEdge: false, deviceScope, parentScopes: [deviceScope] });
    });
  });

  test('Modules are listed in code-point order of their ids, those of the device alone.', async () => {
    const ids = ['b', '#', 'B', 'a'].map((moduleId) => ({ deviceId, moduleId }));
    for (const each of ids) await createModule(stores(), each);

    const listed = await stores().modules.listModules(deviceId);

    expect(listed.map(({ moduleId }) => moduleId)).toEqual(['#', 'B', 'a', 'b']);
    expect(await stores().modules.listModules(freshId())).toEqual([]);
  });

  test('A change of the twin of a module leaves that of the device alone, and is refused for a module that is not there.', async () => {
    await createModule(stores(), id);
    const before = await stores().twins.readTwin({ deviceId });
    const level = { kind: 'report', patch: { level: 3 }, baseVersion: undefined, at: NOON } as const;

    const outcomes = await stores().twins.applyTwinChanges([
      { ...id, ...level },
      { deviceId, moduleId: 'ghost', ...level },
    ]);

    const { code, message } = twinNotFound({ deviceId, moduleId: 'ghost' });
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
    const condition = { kind: 'comparison', operator: '=', left: { kind: 'path', steps: ['deviceId'] } } as const;

    const found = await stores().queries.queryTwins(
      { condition: { ...condition, right: { kind: 'constant', value: deviceId } }, orderBy: [], after: undefined, limit: 10 },
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
      cleanSession: false,
      at: NOON,
    });

    test('of a module are its own, and answer the etags of device and module.', async () => {
      const module = await createModule(stores(), id);
      const device = await stores().devices.readDevice(deviceId);

      const recorded = await stores().devices.recordConnections([connected('c1')]);

      expect(recorded.map((each) => each?.etag)).toEqual([`${device?.etag}/${module.etag}`]);
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

      expect(after?.etag).not.toBe(before?.etag);
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
