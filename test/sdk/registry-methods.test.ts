// Every public method of Registry, in both of its forms: what the hub does, and how it refuses what it does not do yet.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Registry } from '../support/sdk.ts';
import { type CallTable, testEveryMethod } from '../support/sdk-forms.ts';
import { openTestHub, sasToken, type TestHub } from '../support/test-hub.ts';

type Subject = { readonly registry: InstanceType<typeof Registry>; readonly deviceId: string };

let hub: TestHub;
beforeAll(async () => {
  hub = await openTestHub();
});
afterAll(() => hub.close());

const UNKNOWN = 'ghost';
const STORAGE = 'https://storage.example.com/devices';

/** The SDK has no class for a 404 that is not about a device, and drops its text; the text is in the body that comes with the error. */
function notThere(path: string): { readonly fails: Readonly<Record<string, unknown>> } {
  const text = `Nothing is served under ${path}. See docs/compatibility.md for the calls of the service that are.`;
  return { fails: { name: 'Error', message: 'Not found', responseBody: expect.stringContaining(`ErrorCode:GenericNotFound;${text}`) } };
}

const ALL_DONE = { isSuccessful: true, errors: [], warnings: [] };

function ofDevice(rest: Record<string, unknown> = {}): unknown {
  return expect.objectContaining({ deviceId: expect.stringMatching(/^device-/), ...rest });
}

function ofModule(rest: Record<string, unknown> = {}): unknown {
  return ofDevice({ moduleId: 'dimmer', ...rest });
}

const CALLS: CallTable<Subject> = {
  create: {
    promise: async ({ registry }) => (await registry.create({ deviceId: `device-${randomUUID()}` })).responseBody,
    callback: ({ registry }, done) => registry.create({ deviceId: `device-${randomUUID()}` }, done),
    gives: ofDevice({ status: 'enabled' }),
  },
  update: {
    promise: async ({ registry, deviceId }) => (await registry.update({ deviceId, status: 'disabled' })).responseBody,
    callback: ({ registry, deviceId }, done) => registry.update({ deviceId, status: 'disabled' }, done),
    gives: ofDevice({ status: 'disabled' }),
  },
  get: {
    promise: async ({ registry, deviceId }) => (await registry.get(deviceId)).responseBody,
    callback: ({ registry, deviceId }, done) => registry.get(deviceId, done),
    gives: ofDevice({ status: 'enabled' }),
  },
  list: {
    promise: async ({ registry }) => (await registry.list()).responseBody,
    callback: ({ registry }, done) => registry.list(done),
    gives: expect.arrayContaining([ofDevice()]),
  },
  delete: {
    promise: async ({ registry, deviceId }) => (await registry.delete(deviceId)).responseBody,
    callback: ({ registry, deviceId }, done) => registry.delete(deviceId, done),
    gives: '',
  },
  getTwin: {
    promise: async ({ registry, deviceId }) => (await registry.getTwin(deviceId)).responseBody,
    callback: ({ registry, deviceId }, done) => registry.getTwin(deviceId, done),
    gives: ofDevice({ tags: {} }),
  },
  updateTwin: {
    promise: async ({ registry, deviceId }) => (await registry.updateTwin(deviceId, { tags: { floor: 3 } }, '*')).responseBody,
    callback: ({ registry, deviceId }, done) => registry.updateTwin(deviceId, { tags: { floor: 3 } }, '*', done),
    gives: ofDevice({ tags: { floor: 3 } }),
  },
  createQuery: { testedIn: 'query.test.ts' },
  addDevices: {
    promise: async ({ registry }) => (await registry.addDevices([{ deviceId: `device-${randomUUID()}` }])).responseBody,
    callback: ({ registry }, done) => registry.addDevices([{ deviceId: `device-${randomUUID()}` }], done),
    gives: ALL_DONE,
  },
  updateDevices: {
    promise: async ({ registry, deviceId }) => (await registry.updateDevices([{ deviceId }], true)).responseBody,
    callback: ({ registry, deviceId }, done) => registry.updateDevices([{ deviceId }], true, done),
    gives: ALL_DONE,
  },
  removeDevices: {
    promise: async ({ registry, deviceId }) => (await registry.removeDevices([{ deviceId }], true)).responseBody,
    callback: ({ registry, deviceId }, done) => registry.removeDevices([{ deviceId }], true, done),
    gives: ALL_DONE,
  },
  getRegistryStatistics: {
    promise: async ({ registry }) => (await registry.getRegistryStatistics()).responseBody,
    callback: ({ registry }, done) => registry.getRegistryStatistics(done),
    gives: { totalDeviceCount: expect.any(Number), enabledDeviceCount: expect.any(Number), disabledDeviceCount: expect.any(Number) },
  },
  importDevicesFromBlob: {
    promise: ({ registry }) => registry.importDevicesFromBlob(STORAGE, STORAGE),
    callback: ({ registry }, done) => registry.importDevicesFromBlob(STORAGE, STORAGE, done),
    ...notThere('/jobs/create'),
  },
  importDevicesFromBlobByIdentity: {
    promise: ({ registry }) => registry.importDevicesFromBlobByIdentity(STORAGE, STORAGE, 'me'),
    callback: ({ registry }, done) => registry.importDevicesFromBlobByIdentity(STORAGE, STORAGE, done),
    ...notThere('/jobs/create'),
  },
  exportDevicesToBlob: {
    promise: ({ registry }) => registry.exportDevicesToBlob(STORAGE, true),
    callback: ({ registry }, done) => registry.exportDevicesToBlob(STORAGE, true, done),
    ...notThere('/jobs/create'),
  },
  exportDevicesToBlobByIdentity: {
    promise: ({ registry }) => registry.exportDevicesToBlobByIdentity(STORAGE, true, 'me'),
    callback: ({ registry }, done) => registry.exportDevicesToBlobByIdentity(STORAGE, true, done),
    ...notThere('/jobs/create'),
  },
  listJobs: {
    promise: ({ registry }) => registry.listJobs(),
    callback: ({ registry }, done) => registry.listJobs(done),
    ...notThere('/jobs'),
  },
  getJob: {
    promise: ({ registry }) => registry.getJob(UNKNOWN),
    callback: ({ registry }, done) => registry.getJob(UNKNOWN, done),
    ...notThere(`/jobs/${UNKNOWN}`),
  },
  cancelJob: {
    promise: ({ registry }) => registry.cancelJob(UNKNOWN),
    callback: ({ registry }, done) => registry.cancelJob(UNKNOWN, done),
    ...notThere(`/jobs/${UNKNOWN}`),
  },
  getModuleTwin: {
    promise: async ({ registry, deviceId }) => (await registry.getModuleTwin(deviceId, 'dimmer')).responseBody,
    callback: ({ registry, deviceId }, done) => registry.getModuleTwin(deviceId, 'dimmer', done),
    gives: ofModule({ tags: {} }),
  },
  updateModuleTwin: {
    promise: async ({ registry, deviceId }) =>
      (await registry.updateModuleTwin(deviceId, 'dimmer', { tags: { floor: 3 } }, '*')).responseBody,
    callback: ({ registry, deviceId }, done) => registry.updateModuleTwin(deviceId, 'dimmer', { tags: { floor: 3 } }, '*', done),
    gives: ofModule({ tags: { floor: 3 } }),
  },
  addModule: {
    promise: async ({ registry, deviceId }) => (await registry.addModule(moduleOf(deviceId, 'shade'))).responseBody,
    callback: ({ registry, deviceId }, done) => registry.addModule(moduleOf(deviceId, 'shade'), done),
    gives: ofModule({ moduleId: 'shade', managedBy: null }),
  },
  getModulesOnDevice: {
    promise: async ({ registry, deviceId }) => (await registry.getModulesOnDevice(deviceId)).responseBody,
    callback: ({ registry, deviceId }, done) => registry.getModulesOnDevice(deviceId, done),
    gives: [ofModule()],
  },
  getModule: {
    promise: async ({ registry, deviceId }) => (await registry.getModule(deviceId, 'dimmer')).responseBody,
    callback: ({ registry, deviceId }, done) => registry.getModule(deviceId, 'dimmer', done),
    gives: ofModule({ connectionState: 'Disconnected' }),
  },
  updateModule: {
    promise: async ({ registry, deviceId }) =>
      (await registry.updateModule({ ...moduleOf(deviceId, 'dimmer'), managedBy: 'us' }, true)).responseBody,
    callback: ({ registry, deviceId }, done) => registry.updateModule({ ...moduleOf(deviceId, 'dimmer'), managedBy: 'us' }, true, done),
    gives: ofModule({ managedBy: 'us' }),
  },
  removeModule: {
    promise: async ({ registry, deviceId }) => (await registry.removeModule(deviceId, 'dimmer')).responseBody,
    callback: ({ registry, deviceId }, done) => registry.removeModule(deviceId, 'dimmer', done),
    gives: '',
  },
  addConfiguration: {
    promise: ({ registry }) => registry.addConfiguration(configurationOf('night')),
    callback: ({ registry }, done) => registry.addConfiguration(configurationOf('night'), done),
    ...notThere('/configurations/night'),
  },
  getConfiguration: {
    promise: ({ registry }) => registry.getConfiguration('night'),
    callback: ({ registry }, done) => registry.getConfiguration('night', done),
    ...notThere('/configurations/night'),
  },
  getConfigurations: {
    promise: ({ registry }) => registry.getConfigurations(),
    callback: ({ registry }, done) => registry.getConfigurations(done),
    ...notThere('/configurations'),
  },
  updateConfiguration: {
    promise: ({ registry }) => registry.updateConfiguration(configurationOf('night'), true),
    callback: ({ registry }, done) => registry.updateConfiguration(configurationOf('night'), true, done),
    ...notThere('/configurations/night'),
  },
  removeConfiguration: {
    promise: ({ registry }) => registry.removeConfiguration('night'),
    callback: ({ registry }, done) => registry.removeConfiguration('night', done),
    ...notThere('/configurations/night'),
  },
  applyConfigurationContentOnDevice: {
    promise: ({ registry }) => registry.applyConfigurationContentOnDevice('lamp', {}),
    callback: ({ registry }, done) => registry.applyConfigurationContentOnDevice('lamp', {}, done),
    ...notThere('/devices/lamp/applyConfigurationContent'),
  },
  'static fromConnectionString': { testedIn: 'registry-methods.test.ts' },
  'static fromSharedAccessSignature': { testedIn: 'registry-methods.test.ts' },
  'static fromTokenCredential': { testedIn: 'registry-methods.test.ts' },
};

function moduleOf(deviceId: string, moduleId: string): Parameters<Subject['registry']['addModule']>[0] {
  return { deviceId, moduleId, authentication: { symmetricKey: { primaryKey: '', secondaryKey: '' } } };
}

function configurationOf(id: string): Parameters<Subject['registry']['addConfiguration']>[0] {
  return { id, content: { deviceContent: {} }, targetCondition: '*', priority: 1, schemaVersion: '1.0', labels: {} };
}

testEveryMethod(Registry, CALLS, async () => {
  const { deviceId } = await hub.createDevice(`device-${randomUUID()}`);
  await hub.createModule({ deviceId, moduleId: 'dimmer' });
  return { registry: Registry.fromConnectionString(hub.serviceConnectionString()), deviceId };
});

test('fromSharedAccessSignature signs in with a token that the app made.', async () => {
  const { deviceId } = await hub.createDevice(`device-${randomUUID()}`);
  const key = hub.hub.policies.find('registryRead')?.keys.primaryKey ?? '';

  const registry = Registry.fromSharedAccessSignature(sasToken({ key, resource: 'localhost', policyName: 'registryRead' }));

  expect((await registry.get(deviceId)).responseBody).toMatchObject({ deviceId });
});

test('fromTokenCredential makes a Bearer token, which the hub refuses with the way out.', async () => {
  const credential = { getToken: () => Promise.resolve({ token: 'a.b.c', expiresOnTimestamp: 4_000_000_000_000 }) };

  const registry = Registry.fromTokenCredential('localhost', credential);

  await expect(registry.list()).rejects.toMatchObject({
    name: 'UnauthorizedError',
    message: 'Bearer tokens are not supported by this hub. Sign in with a shared access policy.',
  });
});
