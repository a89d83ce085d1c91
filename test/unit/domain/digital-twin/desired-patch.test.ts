// What patches of digital twins do to desired properties, given what the twin holds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredPatchOf } from '../../../../src/domain/digital-twin/desired-patch.ts';
import type { DigitalTwinOperation } from '../../../../src/domain/digital-twin/digital-twin-operation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/domain/json.ts';
import { mergePatch } from '../../../../src/domain/twin/merge-patch.ts';
import { refusalOf } from '../refusal.ts';

const set = (root: string, value: JsonValue): DigitalTwinOperation => ({ kind: 'set', path: [root], value });
const setIn = (component: string, name: string, value: JsonValue): DigitalTwinOperation => ({
  kind: 'set',
  path: [component, name],
  value,
});
const setComponent = (component: string, properties: JsonObject): DigitalTwinOperation => ({
  kind: 'setComponent',
  path: [component],
  properties,
});
const remove = (root: string, name?: string): DigitalTwinOperation => ({
  kind: 'remove',
  path: name === undefined ? [root] : [root, name],
});

const FULL = { thermostat1: { __t: 'c', targetTemperature: 21, mode: { day: 1, night: 2 } }, fan: { speed: 2, turn: 'left' }, level: 5 };

function patchOf(operations: readonly DigitalTwinOperation[], sections: { desired?: JsonObject; reported?: JsonObject } = {}): unknown {
  return desiredPatchOf({ desired: sections.desired ?? FULL, reported: sections.reported ?? {} }, operations);
}

describe('A patch of a digital twin', () => {
  it.each<[string, DigitalTwinOperation, JsonObject]>([
    ['sets a property', set('level', 6), { level: 6 }],
    ['sets a property that was not there', set('on', true), { on: true }],
    ['sets the value that is there, which is a write too', set('level', 5), { level: 5 }],
    ['puts an object in the place of another', set('fan', { speed: 3 }), { fan: { speed: 3, turn: null } }],
    ['puts an object in the place of a number', set('level', { a: 1 }), { level: { a: 1 } }],
    ['puts a number in the place of an object', set('fan', 1), { fan: 1 }],
    ['sets a property of a component', setIn('thermostat1', 'targetTemperature', 22), { thermostat1: { __t: 'c', targetTemperature: 22 } }],
    [
      'replaces an object in a component',
      setIn('thermostat1', 'mode', { day: 3 }),
      { thermostat1: { __t: 'c', mode: { day: 3, night: null } } },
    ],
    ['makes a component by its first property', setIn('thermostat2', 'on', true), { thermostat2: { __t: 'c', on: true } }],
    ['makes a component', setComponent('thermostat2', { on: true }), { thermostat2: { __t: 'c', on: true } }],
    ['makes an empty component', setComponent('thermostat2', {}), { thermostat2: { __t: 'c' } }],
    [
      'clears what a component has and is not given',
      setComponent('thermostat1', { targetTemperature: 23 }),
      { thermostat1: { __t: 'c', targetTemperature: 23, mode: null } },
    ],
    ['removes a property', remove('level'), { level: null }],
    ['removes a property of a component', remove('thermostat1', 'mode'), { thermostat1: { __t: 'c', mode: null } }],
    ['clears all of a component', remove('thermostat1'), { thermostat1: { __t: 'c', targetTemperature: null, mode: null } }],
  ])('%s.', (_, operation, patch) => {
    expect(patchOf([operation])).toEqual(patch);
  });

  it.each<[string, readonly DigitalTwinOperation[]]>([
    ['without operations', []],
    ['that removes what is not set', [remove('ghost'), remove('ghost', 'a'), remove('thermostat1', 'ghost')]],
  ])('%s writes nothing.', (_, operations) => {
    expect(patchOf(operations)).toBeUndefined();
  });

  it('does one operation after the other.', () => {
    expect(patchOf([set('a', 1), set('a', 2), remove('level'), set('level', 7)])).toEqual({ a: 2, level: 7 });
    expect(patchOf([set('a', 1), remove('a')])).toEqual({ a: null });
    expect(patchOf([setIn('c', 'x', 1), setComponent('c', { y: 2 })])).toEqual({ c: { __t: 'c', x: null, y: 2 } });
    expect(patchOf([setComponent('c', { y: 2 }), remove('c'), setIn('c', 'y', 3)])).toEqual({ c: { __t: 'c', y: 3 } });
  });

  it('may write what the device acknowledges.', () => {
    const reported = { level: { value: 4, ac: 200, av: 1 }, c: { __t: 'c', on: { value: true, ac: 200, av: 1 }, serial: 'x' } };

    expect(patchOf([set('level', 6), setIn('c', 'on', false), setIn('c', 'other', 1)], { desired: {}, reported })).toEqual({
      level: 6,
      c: { __t: 'c', on: false, other: 1 },
    });
  });

  it.each<[string, DigitalTwinOperation, { desired?: JsonObject; reported?: JsonObject }]>([
    ['sets a property that the device alone writes', set('serial', 'y'), { reported: { serial: 'x' } }],
    ['sets one in a component', setIn('c', 'serial', 'y'), { reported: { c: { __t: 'c', serial: 'x' } } }],
    ['names one among those of a component', setComponent('c', { serial: 'y' }), { reported: { c: { __t: 'c', serial: 'x' } } }],
    ['writes into a property as if it were a component', setIn('fan', 'speed', 3), {}],
    ['writes into what the device reports without a mark', setIn('c', 'speed', 3), { desired: {}, reported: { c: { speed: 1 } } }],
    ['puts a component in the place of a property', setComponent('level', {}), {}],
    ['removes from a property as if it were a component', remove('fan', 'speed'), {}],
    ['removes what is a component on one side alone', remove('c'), { desired: { c: 1 }, reported: { c: { __t: 'c' } } }],
  ])('that %s is refused: the twin does not conform.', (_, operation, sections) => {
    expect(refusalOf(() => patchOf([operation], sections))).toMatchObject({
      code: 'ArgumentInvalid',
      message: expect.stringMatching(/^'(serial|fan|c|level)' exists within the device twin and is not digital twin conformant property\./),
    });
  });

  it('that forgets the mark of a component is refused and says so.', () => {
    expect(refusalOf(() => patchOf([set('thermostat1', { targetTemperature: 22 })])).message).toMatch(/needs an empty \$metadata/);
    expect(refusalOf(() => patchOf([setIn('c', 'a', 1), set('c', 2)])).message).toMatch(/needs an empty \$metadata/);
  });

  it('may remove what was desired of a property that the device alone writes.', () => {
    expect(patchOf([remove('level')], { reported: { level: 1 } })).toEqual({ level: null });
  });
});

describe('After any patch', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.dictionary(name, fc.integer({ min: 0, max: 3 }), { maxKeys: 2 }));
  const properties = fc.dictionary(name, value, { maxKeys: 3 });
  const component = properties.map((inside) => ({ __t: 'c', ...inside }));
  const desired = fc.record({ p: value, q: value, x: component, y: component }, { requiredKeys: [] });
  const operation: fc.Arbitrary<DigitalTwinOperation> = fc.oneof(
    fc.tuple(fc.constantFrom('p', 'q'), value).map(([root, one]) => set(root, one)),
    fc.tuple(fc.constantFrom('x', 'y'), name, value).map(([root, inside, one]) => setIn(root, inside, one)),
    fc.tuple(fc.constantFrom('x', 'y'), properties).map(([root, all]) => setComponent(root, all)),
    fc.tuple(fc.constantFrom('x', 'y'), name).map(([root, inside]) => remove(root, inside)),
    fc.constantFrom('p', 'q', 'x', 'y').map((root) => remove(root)),
  );

  it('desired properties are what the operations lead to when each is done by hand.', () => {
    fc.assert(
      fc.property(desired, fc.array(operation, { maxLength: 6 }), (before, operations) => {
        const merged = mergePatch(before, desiredPatchOf({ desired: before, reported: {} }, operations) ?? {});

        expect(plain(merged)).toEqual(plain(doneByHand(before, operations)));
      }),
    );
  });
});

type Tree = Map<string, JsonValue>;

/** A second, naive meaning: a tree that is changed in place. */
function doneByHand(before: JsonObject, operations: readonly DigitalTwinOperation[]): JsonObject {
  const tree: Tree = new Map(Object.entries(before));
  for (const operation of operations) {
    const [root, property] = operation.path;
    const there = tree.get(root);
    const inside: Tree = new Map(isJsonObject(there) ? Object.entries(there) : []);
    if (operation.kind === 'setComponent') tree.set(root, operation.properties);
    else if (property !== undefined && operation.kind === 'set') tree.set(root, Object.fromEntries(inside.set(property, operation.value)));
    else if (operation.kind === 'set') tree.set(root, operation.value);
    else if (property === undefined) tree.delete(root);
    else if (inside.delete(property)) tree.set(root, Object.fromEntries(inside));
  }
  return Object.fromEntries(tree);
}

/** Without marks and without components that are empty, which no digital twin shows. */
function plain(section: JsonObject): unknown {
  const entries = Object.entries(section).flatMap(([root, value]) => {
    if (root === 'p' || root === 'q' || !isJsonObject(value)) return [[root, value]];
    const inside = Object.entries(value).filter(([key]) => key !== '__t');
    return inside.length === 0 ? [] : [[root, Object.fromEntries(inside)]];
  });
  return Object.fromEntries(entries);
}
