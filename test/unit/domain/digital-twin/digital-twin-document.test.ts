// How a twin looks as a digital twin.
import { describe, expect, it } from 'vitest';
import { digitalTwinDocument } from '../../../../src/domain/digital-twin/digital-twin-document.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { applyTwinChange } from '../../../../src/domain/twin/apply-twin-change.ts';
import type { Twin } from '../../../../src/domain/twin/twin.ts';
import { deviceWith } from '../identity/device-builder.ts';
import { CHANGED_AT, CREATED_AT, patchOf, reportOf, twinWith } from '../twin/twin-builders.ts';

const DEVICE = deviceWith({ deviceId: 'device', modelId: 'dtmi:com:example:TemperatureController;1' });

function shown(twin: Twin): JsonObject {
  return digitalTwinDocument(DEVICE, twin);
}

describe('A digital twin', () => {
  it('has the id and the model of its device, and nothing of an empty twin.', () => {
    expect(shown(twinWith({}))).toEqual({ $dtId: 'device', $metadata: { $model: 'dtmi:com:example:TemperatureController;1' } });
  });

  it('names no model where none was announced.', () => {
    expect(digitalTwinDocument(deviceWith({ deviceId: 'device' }), twinWith({}))).toEqual({ $dtId: 'device', $metadata: {} });
  });

  it('shows what the documentation shows for its example.', () => {
    const first = twinWith({ desired: { thermostat1: { __t: 'c', targetTemperature: 21.8 } } });
    const twin = applyTwinChange(
      first,
      reportOf({
        serialNumber: 'alwinexlepaho8329',
        thermostat1: {
          __t: 'c',
          maxTempSinceLastReboot: 25.3,
          targetTemperature: { value: 21.8, ac: 200, av: 2, ad: 'Successfully executed patch' },
        },
      }),
    ).twin;

    expect(shown(twin)).toEqual({
      $dtId: 'device',
      serialNumber: 'alwinexlepaho8329',
      thermostat1: {
        maxTempSinceLastReboot: 25.3,
        targetTemperature: 21.8,
        $metadata: {
          targetTemperature: {
            desiredValue: 21.8,
            desiredVersion: 2,
            ackVersion: 2,
            ackCode: 200,
            ackDescription: 'Successfully executed patch',
            lastUpdateTime: CHANGED_AT,
          },
          maxTempSinceLastReboot: { lastUpdateTime: CHANGED_AT },
        },
      },
      $metadata: { $model: 'dtmi:com:example:TemperatureController;1', serialNumber: { lastUpdateTime: CHANGED_AT } },
    });
  });

  it('has no value for a property that the device has not reported, only the desired one.', () => {
    const twin = twinWith({ desired: { fanSpeed: 2, dimmer: { __t: 'c', level: 7 } } });

    expect(shown(twin)).toMatchObject({
      $metadata: { fanSpeed: { desiredValue: 2, desiredVersion: 2 } },
      dimmer: { $metadata: { level: { desiredValue: 7, desiredVersion: 2 } } },
    });
    expect(shown(twin)).not.toHaveProperty('fanSpeed');
  });

  it('tells of each property the version and the time of its own last write.', () => {
    const first = twinWith({ desired: { a: 1, b: 1 }, reported: { r: 1, s: 1 } });
    const desired = applyTwinChange(first, patchOf({ desired: { b: 2 } })).twin;
    const twin = applyTwinChange(desired, reportOf({ s: 2 })).twin;

    expect(shown(twin).$metadata).toMatchObject({
      a: { desiredVersion: 2 },
      b: { desiredVersion: 3 },
      r: { lastUpdateTime: CREATED_AT },
      s: { lastUpdateTime: CHANGED_AT },
    });
  });

  it.each<[JsonObject, unknown, JsonObject]>([
    [{ value: 1, ac: 200, av: 3 }, 1, { ackCode: 200, ackVersion: 3 }],
    [{ value: { x: 1 }, ac: 200, av: 3, ad: '' }, { x: 1 }, { ackCode: 200, ackVersion: 3, ackDescription: '' }],
    [{ value: 1, ac: 200 }, 1, { ackCode: 200 }],
    [{ ac: 404, av: 3, ad: 'gone' }, undefined, { ackCode: 404, ackVersion: 3, ackDescription: 'gone' }],
  ])('reads %j as an acknowledgement.', (reported, value, acknowledged) => {
    const document = shown(twinWith({ reported: { p: reported } }));

    expect(document.p).toEqual(value);
    expect(document.$metadata).toMatchObject({ p: { ...acknowledged, lastUpdateTime: CREATED_AT } });
  });

  it.each<JsonObject>([
    { value: 1 },
    { value: 1, av: 3 },
    { ac: 200 },
    { value: 1, ac: '200', av: 3 },
    { value: 1, ac: 200, av: '3' },
    { value: 1, ac: 200, av: 3, ad: 5 },
    { value: 1, ac: 200, av: 3, more: 1 },
    {},
  ])('reads %j as a value like any other.', (reported) => {
    const document = shown(twinWith({ reported: { p: reported } }));

    expect(document.p).toEqual(reported);
    expect(document.$metadata).toMatchObject({ p: { lastUpdateTime: CREATED_AT } });
    expect(document.$metadata).not.toHaveProperty('p.ackCode');
  });

  it('shows a component that has a mark on one side only, and of the other side what is in it.', () => {
    const twin = twinWith({ desired: { c: { level: 1 }, d: 5 }, reported: { c: { __t: 'c' }, d: { __t: 'c', on: true } } });

    expect(shown(twin)).toMatchObject({
      c: { $metadata: { level: { desiredValue: 1 } } },
      d: { on: true, $metadata: { on: { lastUpdateTime: CREATED_AT } } },
    });
    expect(shown(twin).d).not.toHaveProperty('$metadata.d');
  });

  it('leaves out a component of which nothing is desired and nothing reported, and keeps an empty one of the device.', () => {
    const twin = twinWith({ desired: { gone: { __t: 'c' } }, reported: { empty: { __t: 'c' } } });

    expect(shown(twin)).not.toHaveProperty('gone');
    expect(shown(twin).empty).toEqual({ $metadata: {} });
  });

  it('takes what is inside a component for properties, marked or not.', () => {
    const twin = twinWith({ reported: { c: { __t: 'c', inner: { __t: 'c', x: 1 } } } });

    expect(shown(twin).c).toMatchObject({ inner: { __t: 'c', x: 1 }, $metadata: { inner: { lastUpdateTime: CREATED_AT } } });
  });

  it('holds names that mean something to JavaScript like any other.', () => {
    const reported = JSON.parse('{"__proto__": 1, "constructor": 2, "c": {"__t": "c", "__proto__": 3}}') as JsonObject;

    const text = JSON.stringify(shown(twinWith({ reported })));

    expect(text).toContain('"__proto__":1,"constructor":2,"c":{"__proto__":3,');
  });
});
