// The checks of answers can fail: each fault that an answer may have is planted in a good one, and found.
import { describe, expect, test } from 'vitest';
import type { Answer } from '../unit/gateways/http/open-http-api.ts';
import { answerCheck, refusalFaults } from './answer-faults.ts';
import { answerSchemas } from './answer-schemas.ts';
import { addAnsweredParts, knownParts } from './answered-parts.ts';
import { parameterCases } from './parameter-cases.ts';
import { operationNamed, SERVICE_API, shapeOf } from './service-api.ts';

const HEADERS = { 'content-type': 'application/json; charset=utf-8', 'x-ms-request-id': 'a-1' };
const GET_DEVICE = operationNamed('Devices_GetIdentity');
const DELETE_DEVICE = operationNamed('Devices_DeleteIdentity');
const QUERY = operationNamed('Query_GetTwins');
const INVOKE = operationNamed('Devices_InvokeMethod');
const TRACKING_ID = `${'0a'.repeat(16)}-G:0-TimeStamp:01/31/2026 23:59:59`;

const check = answerCheck();

function answer(json: unknown, parts: Partial<Answer> = {}): Answer {
  return { status: 200, headers: HEADERS, text: json === undefined ? '' : JSON.stringify(json), json, ...parts };
}

function refusal(parts: Partial<Answer> = {}, body: object = {}): Answer {
  const json = { Message: 'ErrorCode:DeviceNotFound;No.', ExceptionMessage: `Tracking ID:${TRACKING_ID}`, ...body };
  return answer(json, { status: 404, headers: { ...HEADERS, 'iothub-errorcode': 'DeviceNotFound' }, ...parts });
}

function nestedRefusal(inner: object = {}): Answer {
  const message = { errorCode: 404103, trackingId: TRACKING_ID, message: 'No.', timestampUtc: '2026-01-31T23:59:59.000Z', ...inner };
  const json = { Message: JSON.stringify(message), ExceptionMessage: '' };
  return answer(json, { status: 404, headers: { ...HEADERS, 'iothub-errorcode': 'DeviceNotOnline' } });
}

describe('an answer', () => {
  test('without faults is none.', () => {
    expect(check(GET_DEVICE, answer({ deviceId: 'a', status: 'enabled', lastActivityTime: '0001-01-01T00:00:00Z' }))).toEqual([]);
    expect(check(DELETE_DEVICE, answer(undefined, { status: 204 }))).toEqual([]);
  });

  test.each([
    ['a property that the API does not know', answer({ deviceId: 'a', colour: 'red' })],
    ['such a property further down', answer({ authentication: { symmetricKey: { tertiaryKey: 'a' } } })],
    ['a value of another type', answer({ deviceId: 1 })],
    ['a value outside an enumeration', answer({ status: 'asleep' })],
    ['a time that is none', answer({ lastActivityTime: 'yesterday' })],
    ['a number beyond 32 bits', answer({ cloudToDeviceMessageCount: 2 ** 31 })],
    ['null', answer({ deviceId: null })],
    ['no body', answer(undefined)],
    ['another status', answer({}, { status: 201 })],
    ['another content type', answer({}, { headers: { ...HEADERS, 'content-type': 'text/plain' } })],
    ['no request id', answer({}, { headers: { 'content-type': HEADERS['content-type'] } })],
    ['a header of another operation', answer({}, { headers: { ...HEADERS, 'x-ms-item-type': 'Twin' } })],
  ])('with %s is faulty.', (_, faulty) => {
    expect(check(GET_DEVICE, faulty)).not.toEqual([]);
  });

  test('with a body where there is none is faulty.', () => {
    expect(check(DELETE_DEVICE, answer({}, { status: 204 }))).not.toEqual([]);
  });

  test('is held to the schema of its item type.', () => {
    const columns = [{ floor: 1 }];
    const ofType = (itemType: string): Answer => answer(columns, { headers: { ...HEADERS, 'x-ms-item-type': itemType } });

    expect(check(QUERY, ofType('Raw'))).toEqual([]);
    expect(check(QUERY, ofType('Twin'))).not.toEqual([]);
    expect(check(QUERY, ofType('raw'))).not.toEqual([]);
    expect(check(QUERY, answer(columns))).not.toEqual([]);
  });
});

describe('a refusal', () => {
  test('without faults is none, in either envelope.', () => {
    expect(refusalFaults(GET_DEVICE, refusal(), 'DeviceNotFound')).toEqual([]);
    expect(refusalFaults(INVOKE, nestedRefusal(), 'DeviceNotOnline')).toEqual([]);
    expect(refusalFaults(INVOKE, nestedRefusal({ info: { timeout: '00:00:05' } }), 'DeviceNotOnline')).toEqual([]);
  });

  test.each([
    ['another status', refusal({ status: 400 })],
    ['another code in the header', refusal({ headers: { ...HEADERS, 'iothub-errorcode': 'ModuleNotFound' } })],
    ['no code in the header', refusal({ headers: HEADERS })],
    ['another code in the body', refusal({}, { Message: 'ErrorCode:ModuleNotFound;No.' })],
    ['no text', refusal({}, { Message: 'ErrorCode:DeviceNotFound;' })],
    ['a semicolon in the text', refusal({}, { Message: 'ErrorCode:DeviceNotFound;No; really.' })],
    ['no tracking id', refusal({}, { ExceptionMessage: '' })],
    ['a time of another form', refusal({}, { ExceptionMessage: `Tracking ID:${'0a'.repeat(16)}-G:0-TimeStamp:31/01/2026 23:59:59` })],
    ['more in the body', refusal({}, { stack: 'at …' })],
    ['the nested envelope', nestedRefusal()],
  ])('with %s is faulty.', (_, faulty) => {
    expect(refusalFaults(GET_DEVICE, faulty, 'DeviceNotFound')).not.toEqual([]);
  });

  test.each([
    ['another number', nestedRefusal({ errorCode: 404001 })],
    ['no tracking id', nestedRefusal({ trackingId: undefined })],
    ['a time that is none', nestedRefusal({ timestampUtc: 'yesterday' })],
    ['more inside', nestedRefusal({ stack: 'at …' })],
    ['info of another form', nestedRefusal({ info: { timeout: 5 } })],
  ])('of a direct method with %s is faulty.', (_, faulty) => {
    expect(refusalFaults(INVOKE, faulty, 'DeviceNotOnline')).not.toEqual([]);
  });

  test('of a direct method in the plain envelope is faulty.', () => {
    const plain = answer(
      { Message: 'ErrorCode:DeviceNotOnline;No.', ExceptionMessage: `Tracking ID:${TRACKING_ID}` },
      { status: 404, headers: { ...HEADERS, 'iothub-errorcode': 'DeviceNotOnline' } },
    );

    expect(refusalFaults(INVOKE, plain, 'DeviceNotOnline')).not.toEqual([]);
  });
});

test('The parts of a schema are found in answers, each under the name of its definition.', () => {
  const schemas = answerSchemas();
  const schema = { type: 'array', items: { $ref: '#/definitions/Device' } };
  const answered = new Set<string>();

  addAnsweredParts(answered, [{ deviceId: 'a' }, { authentication: { type: 'sas' } }], { schema, schemas });

  expect([...answered].toSorted()).toEqual([
    'AuthenticationMechanism.type',
    'AuthenticationMechanism.type=sas',
    'Device.authentication',
    'Device.deviceId',
  ]);
  expect([...knownParts(schema, schemas)]).toEqual(expect.arrayContaining([...answered, 'Device.parentScopes', 'SymmetricKey.primaryKey']));
});

test('A parameter that no cases are known for is told.', () => {
  const parameters = [{ name: 'colour', in: 'query', required: false } as const];

  expect(() => parameterCases({ ...GET_DEVICE, parameters }, { valid: () => ({}), cases: [] })).toThrow('query colour');
});

test('Routes and operations meet whatever their segments are called.', () => {
  expect(shapeOf({ method: 'GET', path: '/twins/:deviceId/modules/:moduleId' })).toBe(shapeOf(operationNamed('Modules_GetTwin')));
  expect(new Set(SERVICE_API.operations.map(shapeOf)).size).toBe(SERVICE_API.operations.length);
});
