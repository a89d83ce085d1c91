// Bodies of twin writes and reports.
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { applyTwinChange } from '../../../../src/domain/twin/apply-twin-change.ts';
import { parseReport, parseTwinWrite } from '../../../../src/domain/twin/parse-twin-change.ts';
import { serviceTwinDocument } from '../../../../src/domain/twin/twin-document.ts';
import { deviceWith } from '../identity/device-builder.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { refusalOf } from '../refusal.ts';
import { CHANGED_AT, twinWith } from './twin-builders.ts';

const write = (body: JsonValue) =>
  parseTwinWrite({ kind: 'patch', deviceId: 'device', body, precondition: { kind: 'any' }, at: CHANGED_AT, by: SOMEONE });

const report = (body: JsonValue, baseVersion?: number) => parseReport({ deviceId: 'device', body, baseVersion, at: CHANGED_AT });

describe('parseTwinWrite', () => {
  it('takes over what the request says beside its body', () => {
    const precondition = { kind: 'match', etag: 'x' } as const;

    const change = parseTwinWrite({ kind: 'replace', deviceId: 'd', body: {}, precondition, at: CHANGED_AT, by: SOMEONE });

    expect(change).toEqual({
      kind: 'replace',
      deviceId: 'd',
      tags: undefined,
      desired: undefined,
      precondition,
      at: CHANGED_AT,
      by: SOMEONE,
    });
  });

  const cases: [body: JsonObject, tags: unknown, desired: unknown][] = [
    [{}, undefined, undefined],
    [{ tags: { a: 1 } }, { a: 1 }, undefined],
    [{ properties: { desired: { a: null } } }, undefined, { a: null }],
    [{ tags: null, properties: { desired: null } }, null, null],
    [{ tags: {}, properties: { desired: {} } }, {}, {}],
    [{ properties: null }, undefined, undefined],
    [{ properties: {} }, undefined, undefined],
    [{ properties: { reported: { 'a.b': 1 } } }, undefined, undefined],
    [{ etag: '*', deviceId: 'other', status: 'disabled', nonsense: [1] }, undefined, undefined],
    [{ properties: { desired: { a: 1, $version: 7, $metadata: {} } } }, undefined, { a: 1 }],
  ];
  it.each(cases)('reads %j', (body, tags, desired) => {
    expect(write(body)).toMatchObject({ tags, desired });
  });

  it('accepts a whole twin that is sent back', () => {
    const twin = twinWith({ tags: { floor: 3 }, desired: { a: { b: 1 } }, reported: { r: 1 } });
    const document = serviceTwinDocument(deviceWith({}), twin);

    const change = write(document);

    expect(change).toMatchObject({ tags: { floor: 3 }, desired: { a: { b: 1 } } });
    expect(applyTwinChange(twin, change).twin.desired.properties).toEqual(twin.desired.properties);
  });

  it.each([
    ['the body', null, 'body'],
    ['the body', [{ tags: {} }], 'body'],
    ['tags', { tags: 'x' }, "'tags'"],
    ['tags', { tags: [] }, "'tags'"],
    ['properties', { properties: 1 }, "'properties'"],
    ['properties', { properties: [] }, "'properties'"],
    ['desired', { properties: { desired: 'x' } }, "'desired'"],
    ['a key in tags', { tags: { 'a.b': 1 } }, 'a.b'],
    ['a key in desired', { properties: { desired: { 'a b': 1 } } }, 'a b'],
  ])('refuses %s of the wrong kind by name: %j', (_what, body: JsonValue, named) => {
    const refusal = refusalOf(() => write(body));

    expect(refusal.code).toBe('ArgumentInvalid');
    expect(refusal.message).toContain(named);
  });
});

describe('parseReport', () => {
  it('reads a patch of reported properties', () => {
    expect(report({ a: { b: null }, $version: 3 }, 7)).toEqual({
      kind: 'report',
      deviceId: 'device',
      patch: { a: { b: null } },
      baseVersion: 7,
      at: CHANGED_AT,
    });
  });

  it.each([[null], ['text'], [[]], [{ 'a#': 1 }], [{ a: [null] }]])('refuses %j', (body: JsonValue) => {
    expect(refusalOf(() => report(body)).code).toBe('ArgumentInvalid');
  });
});
