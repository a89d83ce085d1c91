// Conditional writes of modules.
import { describe, expect, it } from 'vitest';
import {
  applyModuleWrite,
  checkModulesInReach,
  endsModuleConnection,
  type ModuleSpec,
  type ModuleWrite,
} from '../../../../src/domain/identity/module-write.ts';
import type { Module } from '../../../../src/domain/identity/module.ts';
import type { Precondition } from '../../../../src/domain/precondition.ts';
import { NEVER } from '../../../../src/domain/time.ts';
import { sas } from '../../../support/identities.ts';
import { keysOf, putModule, removeModule } from '../../../support/store-builders.ts';
import { refusalOf } from '../refusal.ts';
import { deviceWith } from './device-builder.ts';

const ID = { deviceId: 'lamp', moduleId: 'dimmer' };
const ANY: Precondition = { kind: 'any' };
const KEYS = keysOf('k');

function moduleWith(parts: Partial<Module> = {}): Module {
  return {
    ...ID,
    generationId: 'g',
    etag: btoa('9'),
    managedBy: null,
    authentication: sas(KEYS),
    connectionState: 'Disconnected',
    connectionStateUpdatedTime: NEVER,
    lastActivityTime: NEVER,
    modelId: '',
    ...parts,
  };
}

function put(spec: Partial<ModuleSpec>, precondition: Precondition): ModuleWrite {
  return putModule({ ...ID, ...spec }, { ...spec, precondition });
}

describe('a put without If-Match', () => {
  it('creates a module with minted keys, or with those it is given', () => {
    const minted = applyModuleWrite(undefined, putModule(ID));
    const given = applyModuleWrite(undefined, putModule(ID, { keys: KEYS, managedBy: 'us' }));

    const created = moduleWith({ generationId: 'generation-1', etag: btoa('41') });
    expect(minted).toEqual({ kind: 'created', module: { ...created, authentication: sas(keysOf('m')) } });
    expect(given).toEqual({ kind: 'created', module: { ...created, managedBy: 'us' } });
  });

  it('never updates', () => {
    expect(refusalOf(() => applyModuleWrite(moduleWith(), putModule(ID))).code).toBe('ModuleAlreadyExistsOnDevice');
  });

  it.each(['$', '$edgeAgent', '$own'])('refuses %s, since such ids are reserved', (moduleId) => {
    const refusal = refusalOf(() => applyModuleWrite(undefined, putModule({ ...ID, moduleId })));

    expect(refusal.code).toBe('ArgumentInvalid');
    expect(refusal.message).toContain(moduleId);
  });

  it('takes an id with $ in another place', () => {
    expect(applyModuleWrite(undefined, putModule({ ...ID, moduleId: 'own$' })).kind).toBe('created');
  });
});

describe('a put with If-Match', () => {
  it('never creates', () => {
    expect(refusalOf(() => applyModuleWrite(undefined, put({}, ANY))).code).toBe('ModuleNotFound');
  });

  it('replaces the module while the etag is the current one', () => {
    const current = moduleWith({ managedBy: 'us', connectionState: 'Connected', lastActivityTime: '2026-01-01T00:00:00.000Z' });
    const write = put({ authentication: sas(KEYS) }, { kind: 'match', etag: btoa('9') });

    const effect = applyModuleWrite(current, write);

    expect(effect).toEqual({ kind: 'updated', module: { ...current, etag: btoa('10'), managedBy: null }, signInChanged: false });
    expect(endsModuleConnection(effect)).toBe(false);
    expect(refusalOf(() => applyModuleWrite(effect.module, write)).code).toBe('PreconditionFailed');
  });

  it.each([
    ['names no authentication, which mints new keys', undefined],
    ['has another key', sas({ ...KEYS, secondaryKey: keysOf('x').secondaryKey })],
    ['has another type', { type: 'certificateAuthority' }],
    ['has a thumbprint', { type: 'selfSigned', thumbprints: { primary: 'a'.repeat(40), secondary: null } }],
  ] as const)('ends the connection when it %s', (_title, authentication) => {
    const effect = applyModuleWrite(moduleWith(), put({ authentication }, ANY));

    expect(endsModuleConnection(effect)).toBe(true);
  });
});

describe('a delete', () => {
  it('wants If-Match, and removes the module for * or its etag', () => {
    const module = moduleWith();

    expect(refusalOf(() => applyModuleWrite(module, removeModule(ID, { kind: 'none' }))).message).toContain('Etag missing');
    expect(applyModuleWrite(module, removeModule(ID))).toEqual({ kind: 'deleted', module });
    expect(applyModuleWrite(module, removeModule(ID, { kind: 'match', etag: btoa('9') }))).toEqual({ kind: 'deleted', module });
  });

  it('is refused for another etag, and for a module that is not there', () => {
    expect(refusalOf(() => applyModuleWrite(moduleWith(), removeModule(ID, { kind: 'match', etag: 'x' }))).code).toBe('PreconditionFailed');
    expect(refusalOf(() => applyModuleWrite(undefined, removeModule(ID))).code).toBe('ModuleNotFound');
  });
});

describe('identities of modules', () => {
  it('are in reach while their device is enabled', () => {
    expect(() => checkModulesInReach(deviceWith({}), 'lamp')).not.toThrow();
  });

  it.each([
    ['disabled', deviceWith({ status: 'disabled' })],
    ['not registered', undefined],
  ])('are out of reach while it is %s', (fault, device) => {
    const refusal = refusalOf(() => checkModulesInReach(device, 'lamp'));

    expect(refusal.code).toBe('IotHubUnauthorizedAccess');
    expect(refusal.message).toContain(`'lamp' is ${fault}`);
  });
});
