// Bodies of module PUTs.
import { describe, expect, it } from 'vitest';
import { moduleDocument } from '../../../../src/domain/identity/module-document.ts';
import type { Module } from '../../../../src/domain/identity/module.ts';
import { parseModuleSpec } from '../../../../src/domain/identity/parse-module-spec.ts';
import type { JsonValue } from '../../../../src/domain/json.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { NEVER } from '../../../../src/domain/time.ts';
import { sas } from '../../../support/identities.ts';
import { refusalOf } from '../refusal.ts';
import { LONGEST_KEY, SHORTEST_KEY } from './device-builder.ts';

const ID = { deviceId: 'lamp', moduleId: 'dimmer' };

describe('parseModuleSpec', () => {
  it.each([{}, { managedBy: null }, { managedBy: '' }, { authentication: { type: 'sas' } }])(
    'reads %j as a module that nobody manages, whose keys are to be made',
    (body) => {
      expect(parseModuleSpec(ID, body)).toEqual({ ...ID, managedBy: null, authentication: undefined });
    },
  );

  it('accepts a whole module that is sent back', () => {
    const authentication = sas({ primaryKey: SHORTEST_KEY, secondaryKey: LONGEST_KEY });
    const module: Module = {
      ...ID,
      generationId: 'g',
      etag: 'MQ==',
      managedBy: 'us',
      authentication,
      connectionState: 'Connected',
      connectionStateUpdatedTime: NEVER,
      lastActivityTime: NEVER,
      modelId: '',
    };

    expect(parseModuleSpec(ID, moduleDocument(module))).toEqual({ ...ID, managedBy: 'us', authentication });
  });

  it('takes the longest managedBy, and none longer', () => {
    const longest = 'x'.repeat(LIMITS.managedByChars.value);

    expect(parseModuleSpec(ID, { managedBy: longest }).managedBy).toBe(longest);
    expect(refusalOf(() => parseModuleSpec(ID, { managedBy: `${longest}x` })).message).toContain('managedBy');
  });

  const refused: [title: string, body: JsonValue, named: string][] = [
    ['a body that is no object', [], 'module'],
    ['another device', { deviceId: 'Lamp' }, 'deviceId'],
    ['another id', { moduleId: 'Dimmer' }, 'moduleId'],
    ['an owner that is no string', { managedBy: 1 }, 'managedBy'],
    ['authentication that is no object', { authentication: 'sas' }, 'authentication'],
  ];
  it.each(refused)('refuses %s', (_title, body, named) => {
    const refusal = refusalOf(() => parseModuleSpec(ID, body));

    expect(refusal.code).toBe('ArgumentInvalid');
    expect(refusal.message).toContain(named);
  });

  it.each([
    ['the device', { deviceId: 'a/b', moduleId: 'm' }],
    ['the module', { deviceId: 'd', moduleId: 'a b' }],
    ['the module, which is too long', { deviceId: 'd', moduleId: 'x'.repeat(LIMITS.deviceIdChars.value + 1) }],
  ])('checks the id of %s', (_title, id) => {
    expect(refusalOf(() => parseModuleSpec(id, {})).code).toBe('ArgumentInvalid');
  });
});
