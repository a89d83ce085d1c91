// The two envelopes of errors, and that each error code has its status.
import { describe, expect, test } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode, HubError } from '../../../../src/domain/errors.ts';
import { errorResponse } from '../../../../src/gateways/http/error-response.ts';

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];
const context = { trackingId: '0123456789abcdef0123456789abcdef', nowMs: Date.UTC(2026, 7, 9, 3, 4, 5, 67) };

describe('error responses', () => {
  test.each(CODES)('%s has the status its number begins with, its name in the header and JSON in the body.', (code) => {
    const { status, headers, body } = errorResponse(new HubError(code, 'It went wrong.'), context);

    expect(status).toBe(Math.floor(ERROR_CATALOGUE[code].number / 1000));
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'iothub-errorcode': code });
    expect(JSON.parse(body)).toEqual({
      Message: `ErrorCode:${code};It went wrong.`,
      ExceptionMessage: 'Tracking ID:0123456789abcdef0123456789abcdef-G:0-TimeStamp:08/09/2026 03:04:05',
    });
  });

  test('The plain envelope holds one semicolon, whatever the message was made of.', () => {
    const { body } = errorResponse(new HubError('DeviceNotFound', "No device with ID 'a;b;c' is registered."), context);

    expect(JSON.parse(body).Message.split(';')).toEqual(['ErrorCode:DeviceNotFound', "No device with ID 'a,b,c' is registered."]);
  });

  test('A direct method that fails is answered in the nested envelope with numeric code and info.', () => {
    const { status, headers, body } = errorResponse(new HubError('DeviceNotOnline', 'Nobody there.'), {
      ...context,
      nested: { info: { timeout: '00:00:00' } },
    });

    expect(status).toBe(404);
    expect(headers['iothub-errorcode']).toBe('DeviceNotOnline');
    expect(JSON.parse(body).ExceptionMessage).toBe('');
    expect(JSON.parse(JSON.parse(body).Message)).toEqual({
      errorCode: 404103,
      trackingId: '0123456789abcdef0123456789abcdef-G:0-TimeStamp:08/09/2026 03:04:05',
      message: 'Nobody there.',
      info: { timeout: '00:00:00' },
      timestampUtc: '2026-08-09T03:04:05.067Z',
    });
  });

  test('The nested envelope quotes a semicolon as it is, since nothing splits there.', () => {
    const error = new HubError('ArgumentInvalid', "The name 'a;b' is wrong.");

    const { body } = errorResponse(error, { ...context, nested: { info: undefined } });

    expect(JSON.parse(JSON.parse(body).Message).message).toBe("The name 'a;b' is wrong.");
  });

  test('The nested envelope has no info where there is none to give.', () => {
    const { body } = errorResponse(new HubError('ArgumentInvalid', 'No.'), { ...context, nested: { info: undefined } });

    expect(Object.keys(JSON.parse(JSON.parse(body).Message))).toEqual(['errorCode', 'trackingId', 'message', 'timestampUtc']);
  });

  test.each(['DeviceNotFound', 'IotHubUnauthorizedAccess', 'GenericUnauthorized', 'ServerError', 'ServiceUnavailable'] as const)(
    '%s is plain for direct methods too, so that SDKs find its name.',
    (code) => {
      const { body } = errorResponse(new HubError(code, 'No.'), { ...context, nested: { info: undefined } });

      expect(JSON.parse(body).Message).toBe(`ErrorCode:${code};No.`);
    },
  );
});
