// The bodies of policy calls: what is taken, and what is refused in words that name the field.
import { describe, expect, test } from 'vitest';
import { parseKeyRotation, parsePolicySpec } from '../../../../src/domain/access/parse-policy.ts';
import type { JsonValue } from '../../../../src/domain/json.ts';
import { keysOf } from '../../../support/store-builders.ts';

const permissions = ['RegistryRead'];

describe('A policy', () => {
  test('has its permissions in their usual order, each once, and keys only where they are given.', () => {
    const body = { permissions: ['DeviceConnect', 'RegistryRead', 'DeviceConnect'] };

    expect(parsePolicySpec('own', body)).toEqual({ name: 'own', permissions: ['RegistryRead', 'DeviceConnect'], keys: undefined });
  });

  test('may be sent back as it was read.', () => {
    expect(parsePolicySpec('own', { name: 'own', permissions, ...keysOf('k') })).toEqual({ name: 'own', permissions, keys: keysOf('k') });
  });

  test('with empty keys gets none.', () => {
    expect(parsePolicySpec('own', { permissions, primaryKey: '', secondaryKey: null }).keys).toBeUndefined();
  });

  test.each(['a', 'A.b_c-9', '0', 'x'.repeat(64)])('may be called %s.', (name) => {
    expect(parsePolicySpec(name, { permissions }).name).toBe(name);
  });

  test.each(['', '.', '..', '-a', '_a', 'a b', 'a/b', 'a&b', 'a=b', 'ä', 'a\n', 'x'.repeat(65)])('cannot be called %j.', (name) => {
    expect(() => parsePolicySpec(name, { permissions })).toThrow(expect.objectContaining({ code: 'ArgumentInvalid' }));
  });

  test.each<[string, JsonValue]>([
    ['that is no object', [permissions]],
    ['of another name', { name: 'other', permissions }],
    ['without permissions', {}],
    ['with no permission', { permissions: [] }],
    ['with an unknown permission', { permissions: ['RegistryRead', 'Everything'] }],
    ['with a permission of Object', { permissions: ['constructor'] }],
    ['with permissions as text', { permissions: 'RegistryRead' }],
    ['with one key', { permissions, primaryKey: keysOf('k').primaryKey }],
    ['with two keys that are one', { permissions, primaryKey: keysOf('k').primaryKey, secondaryKey: keysOf('k').primaryKey }],
    ['with a key that is no base64', { permissions, ...keysOf('k'), primaryKey: '!secret!' }],
    ['with a key that is too short', { permissions, ...keysOf('k'), secondaryKey: btoa('x'.repeat(15)) }],
    ['with a key that is too long', { permissions, ...keysOf('k'), secondaryKey: btoa('x'.repeat(65)) }],
  ])('%s is refused, without a word of a key.', (_, body) => {
    expect(() => parsePolicySpec('own', body)).toThrow(
      expect.objectContaining({ code: 'ArgumentInvalid', message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('A rotation', () => {
  test.each(['primary', 'secondary', 'both', 'swap'])('may be of %s.', (key) => {
    expect(parseKeyRotation({ key })).toBe(key);
  });

  test.each<JsonValue>([{}, { key: 'all' }, { key: null }, { key: ['primary'] }, 'primary', null])(
    'cannot be asked for with %j.',
    (body) => {
      expect(() => parseKeyRotation(body)).toThrow("'key' must be one of primary, secondary, both, swap.");
    },
  );
});
