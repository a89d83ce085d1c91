// Scopes of edge devices and of devices behind them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_EDGE, ownScope, scopesAfter } from '../../../../src/domain/identity/device-scope.ts';
import type { Device } from '../../../../src/domain/identity/device.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { refusalOf } from '../refusal.ts';
import { deviceWith } from './device-builder.ts';

const EDGE = { ...NO_EDGE, iotEdge: true };

function edgeDevice(deviceId: string, parent?: Device): Device {
  const id = { deviceId, generationId: `generation-${deviceId}` };
  return deviceWith({ ...id, iotEdge: true, deviceScope: ownScope(id), parentScopes: parent ? [scopeOf(parent)] : [] });
}

function scopeOf({ deviceScope }: Device): string {
  return deviceScope ?? '';
}

type Write = Partial<Omit<Parameters<typeof scopesAfter>[0], 'registered'>> & { readonly others?: readonly Device[] };

function after({ spec = NO_EDGE, current, id = deviceWith({}), others = [] }: Write): ReturnType<typeof scopesAfter> {
  const all = current ? [...others, current] : others;
  return scopesAfter({ spec, current, id: current ?? id, registered: (deviceId) => all.find((device) => device.deviceId === deviceId) });
}

function refused(write: Write): string {
  const { code, message } = refusalOf(() => after(write));
  expect(code).toBe('InvalidDeviceScope');
  return message;
}

const PARENT = edgeDevice('site-1');

describe('an edge device', () => {
  it('has a scope of its own, whatever it asks for when it is created', () => {
    const scopes = after({ spec: { ...EDGE, deviceScope: 'wish' }, id: { deviceId: 'gate', generationId: 'a-b-c' } });

    expect(scopes).toEqual({ iotEdge: true, deviceScope: 'ms-azure-iot-edge://gate-abc', parentScopes: [] });
  });

  it('keeps its scope, which it has to send back', () => {
    const current = edgeDevice('gate');

    expect(after({ current, spec: { ...EDGE, deviceScope: scopeOf(current) } }).deviceScope).toBe(current.deviceScope);
    for (const deviceScope of [null, 'ms-azure-iot-edge://other-1', scopeOf(PARENT)]) {
      expect(refused({ current, spec: { ...EDGE, deviceScope }, others: [PARENT] })).toContain('Device scope is immutable.');
    }
  });

  it('names its parent in parentScopes, and has none without', () => {
    const current = edgeDevice('gate', PARENT);
    const deviceScope = scopeOf(current);

    expect(after({ current, spec: { ...EDGE, deviceScope, parentScopes: [scopeOf(PARENT)] } }).parentScopes).toEqual([scopeOf(PARENT)]);
    expect(after({ current, spec: { ...EDGE, deviceScope } }).parentScopes).toEqual([]);
  });

  it('cannot be above itself, however many are between', () => {
    const top = edgeDevice('top');
    const middle = edgeDevice('middle', top);
    const low = edgeDevice('low', middle);

    for (const parent of [top, middle, low]) {
      const spec = { ...EDGE, deviceScope: scopeOf(top), parentScopes: [scopeOf(parent)] };
      expect(refused({ current: top, spec, others: [middle, low] })).toContain('its own parent');
    }
  });

  it('has as many above it as there may be levels, and no more', () => {
    const levels = LIMITS.edgeLevels.value;
    const chain: Device[] = [];
    for (let level = 0; level < levels; level += 1) chain.push(edgeDevice(`level${level}`, chain.at(-1)));
    const behind = (index: number): Write => ({ spec: { ...EDGE, parentScopes: [scopeOf(chain[index] ?? PARENT)] }, others: chain });

    expect(after(behind(levels - 2)).parentScopes).toHaveLength(1);
    expect(refused(behind(levels - 1))).toContain(`at most ${levels - 1}`);
  });
});

describe('a device behind an edge device', () => {
  it('names its parent in deviceScope, and the hub fills parentScopes', () => {
    const scopes = after({ spec: { ...NO_EDGE, deviceScope: scopeOf(PARENT), parentScopes: ['other'] }, others: [PARENT] });

    expect(scopes).toEqual({ iotEdge: false, deviceScope: scopeOf(PARENT), parentScopes: [scopeOf(PARENT)] });
  });

  it('has no parent when it names one in parentScopes alone', () => {
    expect(after({ spec: { ...NO_EDGE, parentScopes: [scopeOf(PARENT)] }, others: [PARENT] })).toEqual(NO_EDGE);
  });

  it.each([
    ['without the prefix', 'site-1-generationsite1'],
    ['of nobody', 'ms-azure-iot-edge://nobody-1'],
    ['of a device that is no edge device', ownScope(deviceWith({ deviceId: 'lamp', generationId: 'g' }))],
    ['of an edge device before it was made anew', ownScope({ deviceId: 'site-1', generationId: 'older' })],
    ['without an id', 'ms-azure-iot-edge://-1'],
    ['that is nothing but the prefix', 'ms-azure-iot-edge://'],
  ])('is refused with a scope %s', (_what, deviceScope) => {
    const lamp = deviceWith({ deviceId: 'lamp', generationId: 'g' });

    expect(refused({ spec: { ...NO_EDGE, deviceScope }, others: [PARENT, lamp] })).toContain('no edge device');
  });

  it('keeps a parent that is gone, and gets no other one that is', () => {
    const scope = scopeOf(PARENT);
    const current = deviceWith({ deviceScope: scope, parentScopes: [scope] });

    expect(after({ current, spec: { ...NO_EDGE, deviceScope: scope } }).deviceScope).toBe(scope);
    expect(refused({ current, spec: { ...NO_EDGE, deviceScope: `${scope}0` } })).toContain('no edge device');
  });

  it('finds its parent by any id that a device can have', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/), (deviceId) => {
        const parent = edgeDevice(deviceId);

        expect(after({ spec: { ...NO_EDGE, deviceScope: scopeOf(parent) }, others: [parent] }).parentScopes).toEqual([scopeOf(parent)]);
      }),
    );
  });
});

describe('a device that changes', () => {
  it('to an edge device leaves deviceScope out, and may keep its parent', () => {
    const scope = scopeOf(PARENT);
    const current = deviceWith({ deviceScope: scope, parentScopes: [scope] });

    expect(after({ current, spec: { ...EDGE, parentScopes: [scope] }, others: [PARENT] })).toEqual({
      iotEdge: true,
      deviceScope: ownScope(current),
      parentScopes: [scope],
    });
    expect(refused({ current, spec: { ...EDGE, deviceScope: scope }, others: [PARENT] })).toContain('Leave deviceScope out');
  });

  it('from an edge device loses its scope, also when it sends it back', () => {
    const current = edgeDevice('gate');

    expect(after({ current, spec: NO_EDGE })).toEqual(NO_EDGE);
    expect(after({ current, spec: { ...NO_EDGE, deviceScope: scopeOf(current) } })).toEqual(NO_EDGE);
  });
});
