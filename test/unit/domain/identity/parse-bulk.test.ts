// Bodies of bulk calls: what each import mode asks for, and what refuses an item or the whole call.
import { sas } from '../../../support/identities.ts';
import { describe, expect, it } from 'vitest';
import { valueOf } from '../../../../src/domain/errors.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { NO_EDGE } from '../../../../src/domain/identity/device-scope.ts';
import { type BulkItem, type BulkRequest, parseBulk } from '../../../../src/domain/identity/parse-bulk.ts';
import { refusalOf } from '../refusal.ts';
import { LONGEST_KEY, SHORTEST_KEY } from './device-builder.ts';

const PLAIN = { deviceId: 'd', status: 'enabled', statusReason: null, authentication: undefined, edge: NO_EDGE };
const NONE = { kind: 'none' };
const ANY = { kind: 'any' };

function itemOf(item: JsonObject): BulkItem {
  const [parsed] = parseBulk([{ id: 'd', ...item }]);
  if (!parsed) throw new Error('no item');
  return parsed;
}

function requestOf(item: JsonObject): BulkRequest {
  return valueOf(itemOf(item).request);
}

/** The refusal of the one item; the call itself is fine. */
function itemRefusalOf(item: JsonObject): { readonly code: string; readonly message: string } {
  const { request } = itemOf(item);
  return refusalOf(() => valueOf(request));
}

describe('import modes', () => {
  const requests: [mode: string, item: JsonObject, request: unknown][] = [
    ['create', {}, { kind: 'put', spec: PLAIN, precondition: NONE }],
    ['create', { eTag: 'MQ==', twinETag: 'x' }, { kind: 'put', spec: PLAIN, precondition: NONE }],
    ['update', { eTag: 'MQ==' }, { kind: 'put', spec: PLAIN, precondition: ANY }],
    ['updateIfMatchETag', { eTag: 'MQ==' }, { kind: 'put', spec: PLAIN, precondition: { kind: 'match', etag: 'MQ==' } }],
    ['delete', { eTag: 'MQ==', status: 'nonsense', tags: 1 }, { kind: 'delete', id: { deviceId: 'd' }, precondition: ANY }],
    ['deleteIfMatchETag', { eTag: '"MQ=="' }, { kind: 'delete', id: { deviceId: 'd' }, precondition: { kind: 'match', etag: 'MQ==' } }],
    [
      'updateTwin',
      { tags: { a: 1 }, twinETag: 'x' },
      { kind: 'patchTwin', id: { deviceId: 'd' }, twin: { tags: { a: 1 }, precondition: ANY } },
    ],
    [
      'updateTwinIfMatchETag',
      { properties: { desired: { a: null } }, twinETag: 'x', status: 'nonsense' },
      { kind: 'patchTwin', id: { deviceId: 'd' }, twin: { desired: { a: null }, precondition: { kind: 'match', etag: 'x' } } },
    ],
  ];
  it.each(requests)('%s with %j', (importMode, item, request) => {
    expect(requestOf({ importMode, ...item })).toEqual(request);
    expect(itemOf({ importMode, ...item }).target).toEqual({ deviceId: 'd', operation: importMode });
  });

  const id = { deviceId: 'd', moduleId: 'm' };
  const spec = { ...id, managedBy: null, authentication: undefined };
  const ofModules: [mode: string, item: JsonObject, request: unknown][] = [
    ['create', {}, { kind: 'putModule', spec, precondition: NONE }],
    ['update', { managedBy: 'us' }, { kind: 'putModule', spec: { ...spec, managedBy: 'us' }, precondition: ANY }],
    ['updateIfMatchETag', { eTag: 'MQ==' }, { kind: 'putModule', spec, precondition: { kind: 'match', etag: 'MQ==' } }],
    ['delete', {}, { kind: 'delete', id, precondition: ANY }],
    ['deleteIfMatchETag', { eTag: 'MQ==' }, { kind: 'delete', id, precondition: { kind: 'match', etag: 'MQ==' } }],
    ['updateTwin', { tags: { a: 1 } }, { kind: 'patchTwin', id, twin: { tags: { a: 1 }, precondition: ANY } }],
    ['updateTwinIfMatchETag', { twinETag: 'x' }, { kind: 'patchTwin', id, twin: { precondition: { kind: 'match', etag: 'x' } } }],
  ];
  it.each(ofModules)('%s of a module with %j', (importMode, item, request) => {
    expect(requestOf({ importMode, moduleId: 'm', ...item })).toEqual(request);
    expect(itemOf({ importMode, moduleId: 'm', ...item }).target).toEqual({ ...id, operation: importMode });
  });

  it.each(['Create', 'UPDATE', 'Delete', 'UpdateIfMatchETag', 'deleteifmatchetag'])('are read in whatever case: %s', (importMode) => {
    expect(itemOf({ importMode, eTag: 'MQ==' }).request.kind).toBe('done');
  });

  it.each([undefined, null, '', 7, 'upsert', 'createOrUpdate', 'createOrUpdateIfMatchETag', 'create ', '__proto__'])(
    'other than those refuse the item and are told: %j',
    (importMode) => {
      const item: JsonObject = importMode === undefined ? {} : { importMode };

      expect(itemRefusalOf(item)).toMatchObject({ code: 'ArgumentInvalid', message: expect.stringContaining('updateTwinIfMatchETag') });
      expect(itemOf(item).target.operation).toBeUndefined();
    },
  );

  it.each([
    ['updateIfMatchETag', 'eTag'],
    ['deleteIfMatchETag', 'eTag'],
    ['updateTwinIfMatchETag', 'twinETag'],
  ])('%s wants %s', (importMode, field) => {
    const other = field === 'eTag' ? 'twinETag' : 'eTag';

    for (const item of [{}, { [field]: null }, { [field]: '' }, { [other]: 'MQ==' }]) {
      expect(itemRefusalOf({ importMode, ...item })).toMatchObject({
        code: 'PreconditionFailed',
        message: expect.stringContaining(`'${field}'`),
      });
    }
    expect(itemRefusalOf({ importMode, [field]: 7 }).code).toBe('ArgumentInvalid');
  });

  it('take * as an etag that always fits', () => {
    expect(requestOf({ importMode: 'updateIfMatchETag', eTag: '*' })).toMatchObject({ precondition: ANY });
  });

  it('take etags under the names of devices and twins as they were read', () => {
    expect(requestOf({ importMode: 'UpdateIfMatchETag', etag: 'MQ==' })).toMatchObject({ precondition: { etag: 'MQ==' } });
    expect(requestOf({ importMode: 'updateTwinIfMatchETag', twinEtag: 'x' })).toMatchObject({ twin: { precondition: { etag: 'x' } } });
    expect(requestOf({ importMode: 'updateIfMatchETag', eTag: 'MQ==', etag: 'Mg==' })).toMatchObject({ precondition: { etag: 'MQ==' } });
  });
});

describe('a device', () => {
  it('is read as in a PUT', () => {
    const symmetricKey = { primaryKey: SHORTEST_KEY, secondaryKey: LONGEST_KEY };

    const request = requestOf({ importMode: 'create', status: 'disabled', statusReason: 'new', authentication: { symmetricKey } });

    expect(request).toMatchObject({ spec: { deviceId: 'd', status: 'disabled', statusReason: 'new', authentication: sas(symmetricKey) } });
  });

  it.each<[JsonObject, string]>([
    [{ id: 'a/b' }, "'a/b'"],
    [{ id: 'x'.repeat(LIMITS.deviceIdChars.value + 1) }, '128'],
    [{ status: 'off' }, 'status'],
    [{ authentication: { type: 'none' } }, 'none'],
    [{ capabilities: { iotEdge: 1 } }, 'iotEdge'],
    [{ deviceId: 'other' }, 'deviceId'],
    [{ tags: { 'a.b': 1 } }, 'a.b'],
    [{ tags: 1 }, 'tags'],
    [{ properties: { desired: [] } }, 'desired'],
    [{ moduleId: 'a b' }, "'a b'"],
    [{ moduleId: 'm', managedBy: 1 }, 'managedBy'],
  ])('that breaks a rule refuses its item alone: %j', (item, named) => {
    const [refused, other] = parseBulk([
      { id: 'd', importMode: 'create', ...item },
      { id: 'other', importMode: 'create' },
    ]);

    expect(refused?.request).toMatchObject({
      kind: 'refused',
      refusal: { code: 'ArgumentInvalid', message: expect.stringContaining(named) },
    });
    expect(other?.request.kind).toBe('done');
  });

  it('that is deleted needs a good id too', () => {
    expect(itemRefusalOf({ id: 'a/b', importMode: 'delete' }).code).toBe('ArgumentInvalid');
  });
});

describe('twin data', () => {
  it.each(['create', 'update'])('rides along with %s, whatever its etag', (importMode) => {
    const request = requestOf({ importMode, tags: { a: 1 }, properties: { desired: { b: 2 } }, twinETag: 'x' });

    expect(request).toMatchObject({ kind: 'put', twin: { tags: { a: 1 }, desired: { b: 2 }, precondition: NONE } });
  });

  it('rides along with updateIfMatchETag under its own etag, if there is one', () => {
    const item = { importMode: 'updateIfMatchETag', eTag: 'MQ==', tags: { a: 1 } };

    expect(requestOf(item)).toMatchObject({ twin: { precondition: NONE } });
    expect(requestOf({ ...item, twinETag: 'x' })).toMatchObject({ twin: { precondition: { kind: 'match', etag: 'x' } } });
  });

  it.each<[JsonObject]>([[{}], [{ tags: null }], [{ properties: null }], [{ properties: { desired: null, reported: { a: 1 } } }]])(
    'is not there in %j',
    (item) => {
      expect(requestOf({ importMode: 'create', ...item })).toMatchObject({ twin: undefined });
      expect(requestOf({ importMode: 'updateTwin', ...item })).toMatchObject({ twin: { tags: undefined, desired: undefined } });
    },
  );

  it('that is empty is there', () => {
    expect(requestOf({ importMode: 'update', tags: {} })).toMatchObject({ twin: { tags: {} } });
  });
});

describe('the whole call', () => {
  it.each<[JsonValue]>([[null], [{}], ['x'], [1], [{ devices: [] }]])('is refused unless it is an array: %j', (body) => {
    expect(refusalOf(() => parseBulk(body)).code).toBe('ArgumentInvalid');
  });

  it.each<[JsonValue]>([
    [null],
    ['d'],
    [[]],
    [{}],
    [{ id: '' }],
    [{ id: 7 }],
    [{ id: null }],
    [{ deviceId: 'd' }],
    [{ id: 'd', moduleId: 7 }],
  ])('is refused with an item that an answer could not name: %j', (item) => {
    const refusal = refusalOf(() => parseBulk([{ id: 'good', importMode: 'create' }, item]));

    expect(refusal).toMatchObject({ code: 'ArgumentInvalid', message: expect.stringContaining('Item 2') });
  });

  it('may name nothing', () => {
    expect(parseBulk([])).toEqual([]);
  });

  it('may name 100 devices and no more', () => {
    const items = Array.from({ length: LIMITS.bulkDevices.value + 1 }, (_, index) => ({ id: `d${index}`, importMode: 'create' }));

    expect(parseBulk(items.slice(1))).toHaveLength(100);
    expect(refusalOf(() => parseBulk(items)).code).toBe('TooManyDevices');
  });

  it('may name a device once, in whatever mode', () => {
    const twice = [
      { id: 'd', importMode: 'create' },
      { id: 'D', importMode: 'create' },
      { id: 'd', importMode: 'updateTwin' },
    ];

    expect(parseBulk(twice.slice(0, 2))).toHaveLength(2);
    expect(refusalOf(() => parseBulk(twice))).toMatchObject({
      code: 'DeviceDefinedMultipleTimes',
      message: expect.stringContaining("'d'"),
    });
  });

  it('may name a device and each of its modules', () => {
    const items = [{ id: 'd' }, { id: 'd', moduleId: 'm' }, { id: 'd', moduleId: 'n' }, { id: 'e', moduleId: '' }];

    expect(parseBulk(items).map(({ target }) => target.moduleId)).toEqual([undefined, 'm', 'n', undefined]);
    expect(refusalOf(() => parseBulk([...items, { id: 'd', moduleId: 'n' }])).code).toBe('DeviceDefinedMultipleTimes');
  });
});
