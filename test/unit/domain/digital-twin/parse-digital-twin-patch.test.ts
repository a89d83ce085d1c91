// Bodies of digital twin patches: what they are read as, and which are refused.
import { describe, expect, it } from 'vitest';
import { parseDigitalTwinPatch } from '../../../../src/domain/digital-twin/parse-digital-twin-patch.ts';
import type { JsonValue } from '../../../../src/domain/json.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { refusalOf } from '../refusal.ts';

function setting(path: JsonValue, value: JsonValue): JsonValue {
  return [{ op: 'add', path, value }];
}

function nested(levels: number): JsonValue {
  return levels === 0 ? 1 : { level: nested(levels - 1) };
}

const LONGEST = 'n'.repeat(LIMITS.dtdlNameChars.value);

describe('A patch of a digital twin', () => {
  it('is read operation by operation, in the forms of the documentation.', () => {
    const body = [
      { op: 'add', path: '/thermostat1', value: { targetTemperature: 21.4, anotherWritableProperty: 42, $metadata: {} } },
      { op: 'replace', path: '/thermostat1', value: { targetTemperature: 21.4, $metadata: {} } },
      { op: 'remove', path: '/thermostat2' },
      { op: 'add', path: '/thermostat1/targetTemperature', value: 21.4 },
      { op: 'replace', path: '/thermostat1/anotherWritableProperty', value: 42 },
      { op: 'remove', path: '/thermostat2/targetTemperature' },
      { op: 'add', path: '/fan', value: { speed: 2 } },
    ];

    expect(parseDigitalTwinPatch(body)).toEqual([
      { kind: 'setComponent', path: ['thermostat1'], properties: { targetTemperature: 21.4, anotherWritableProperty: 42 } },
      { kind: 'setComponent', path: ['thermostat1'], properties: { targetTemperature: 21.4 } },
      { kind: 'remove', path: ['thermostat2'] },
      { kind: 'set', path: ['thermostat1', 'targetTemperature'], value: 21.4 },
      { kind: 'set', path: ['thermostat1', 'anotherWritableProperty'], value: 42 },
      { kind: 'remove', path: ['thermostat2', 'targetTemperature'] },
      { kind: 'set', path: ['fan'], value: { speed: 2 } },
    ]);
  });

  it('may be empty, and a removal may carry a value that means nothing.', () => {
    expect(parseDigitalTwinPatch([])).toEqual([]);
    expect(parseDigitalTwinPatch([{ op: 'remove', path: '/a', value: [null] }])).toEqual([{ kind: 'remove', path: ['a'] }]);
  });

  it.each<[JsonValue, string]>([
    [{}, 'must be an array'],
    [null, 'must be an array'],
    ['[]', 'must be an array'],
    [[1], 'Operation 0 must be a JSON object'],
    [[{ op: 'remove', path: '/a' }, []], 'Operation 1 must be a JSON object'],
    [[{ path: '/a', value: 1 }], 'The op of operation 0'],
    [[{ op: 'Add', path: '/a', value: 1 }], 'The op of operation 0'],
    [[{ op: 'move', from: '/a', path: '/b' }], 'The op of operation 0'],
    [[{ op: 'copy', from: '/a', path: '/b' }], 'The op of operation 0'],
    [[{ op: 'test', path: '/a', value: 1 }], 'The op of operation 0'],
    [[{ op: 'add', value: 1 }], 'The path of operation 0'],
    [[{ op: 'add', path: ['a'], value: 1 }], 'The path of operation 0'],
    [[{ op: 'add', path: '/a' }], 'Operation 0 needs a value'],
    [[{ op: 'replace', path: '/a' }], 'Operation 0 needs a value'],
  ])('%j is no JSON Patch of this kind.', (body, message) => {
    const refusal = refusalOf(() => parseDigitalTwinPatch(body));

    expect(refusal).toMatchObject({ code: 'InvalidDigitalTwinJsonPatch', message: expect.stringContaining(message) });
  });

  it('has as many operations as it may, and not one more.', () => {
    const removals = Array.from({ length: LIMITS.digitalTwinOperations.value }, () => ({ op: 'remove', path: '/a' }));

    expect(parseDigitalTwinPatch(removals)).toHaveLength(removals.length);
    expect(refusalOf(() => parseDigitalTwinPatch([...removals, removals[0] ?? {}])).code).toBe('InvalidDigitalTwinJsonPatch');
  });

  it.each(['/a', '/a1', '/A_b', '/a/b', `/${LONGEST}/${LONGEST}`])('writes at %s.', (path) => {
    expect(parseDigitalTwinPatch(setting(path, 1))).toHaveLength(1);
  });

  it.each([
    '',
    '/',
    'a',
    'a/b',
    '//a',
    '/a/',
    '/a/b/c',
    '/a/-',
    '/a/0',
    '/1a',
    '/_a',
    '/a_',
    '/__t',
    '/a/__t',
    '/$metadata',
    '/$dtId',
    '/a/$metadata',
    '/a.b',
    '/a b',
    '/ä',
    '/a~1b',
    '/a~0b',
    '/a~2b',
    '/a~',
    '/__proto__',
    '#/a',
    `/${LONGEST}n`,
  ])('cannot write at %j.', (path) => {
    for (const operation of [
      { op: 'add', path, value: 1 },
      { op: 'remove', path },
    ]) {
      expect(refusalOf(() => parseDigitalTwinPatch([operation]))).toMatchObject({ code: 'InvalidDigitalTwinPatchPath' });
    }
  });

  it.each<JsonValue>(['', 'text', 0, -1.5, true, false, {}, { a: { b: '' } }, nested(LIMITS.dtdlDepth.value)])(
    'sets the value %j.',
    (value) => {
      expect(parseDigitalTwinPatch(setting('/a', value))).toEqual([{ kind: 'set', path: ['a'], value }]);
      expect(parseDigitalTwinPatch(setting('/c', { a: value, $metadata: {} }))).toEqual([
        { kind: 'setComponent', path: ['c'], properties: { a: value } },
      ]);
    },
  );

  it.each<[JsonValue, RegExp]>([
    [null, /null/],
    [[], /arrays/],
    [{ a: [1] }, /arrays/],
    [{ a: null }, /null/],
    [nested(LIMITS.dtdlDepth.value + 1), /5 levels/],
    [{ 'a.b': 1 }, /name of a field/],
    [{ a: { _x: 1 } }, /name of a field/],
    [{ a: { $metadata: {} } }, /name of a field/],
    [4503599627370496, /Integers/],
    ['x'.repeat(LIMITS.twinStringBytes.value + 1), /4096 bytes/],
  ])('refuses the value %j, also inside a component.', (value, message) => {
    for (const body of [setting('/a', value), setting('/c/a', value), setting('/c', { a: value, $metadata: {} })]) {
      expect(refusalOf(() => parseDigitalTwinPatch(body))).toMatchObject({
        code: 'ArgumentInvalid',
        message: expect.stringMatching(message),
      });
    }
  });

  it.each<[JsonValue, JsonValue]>([
    ['/c', { $metadata: { a: {} } }],
    ['/c', { $metadata: null }],
    ['/c', { $metadata: 'x' }],
    ['/c', { $metadata: {}, 'a b': 1 }],
    ['/c', { $metadata: {}, $model: 'x' }],
    ['/c/inner', { $metadata: {} }],
  ])('refuses at %s the component %j.', (path, value) => {
    expect(refusalOf(() => parseDigitalTwinPatch(setting(path, value)))).toMatchObject({ code: 'ArgumentInvalid' });
  });
});
