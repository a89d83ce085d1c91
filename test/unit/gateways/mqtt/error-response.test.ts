// Refusals as devices see them: a body that SDKs know as an error, and a return code that says whether to try again.
import { expect, it } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode, HubError } from '../../../../src/domain/errors.ts';
import { connackCodeOf, twinRefusal } from '../../../../src/gateways/mqtt/error-response.ts';

const context = { trackingId: '0123456789abcdef0123456789abcdef', nowMs: Date.UTC(2026, 6, 9, 13, 5, 6, 78) };

it('A refused twin request is answered in the form of the service (behaviour 3.5).', () => {
  const { status, body } = twinRefusal(new HubError('DeviceModelMaxPropertiesExceeded', 'Too large.'), context);

  expect(status).toBe(403);
  expect(JSON.parse(body)).toEqual({
    errorCode: 403100,
    trackingId: '0123456789abcdef0123456789abcdef-G:0-TimeStamp:07/09/2026 13:05:06',
    message: 'Too large.',
    timestampUtc: '2026-07-09T13:05:06.078Z',
  });
});

// Object.keys is typed string[]; the keys of the catalogue are its codes.
it.each(Object.keys(ERROR_CATALOGUE) as ErrorCode[])(
  'The status for %s begins its number, which SDKs of other languages rely on.',
  (code) => {
    const { status, body } = twinRefusal(new HubError(code, 'No.'), context);

    expect(JSON.parse(body).errorCode).toBe(ERROR_CATALOGUE[code].number);
    expect(String(ERROR_CATALOGUE[code].number)).toMatch(new RegExp(`^${status}`));
  },
);

it.each<[ErrorCode, number]>([
  ['IotHubUnauthorizedAccess', 5],
  ['ArgumentInvalid', 5],
  ['ServiceUnavailable', 3],
  ['ServerError', 3],
])('A device that is refused with %s gets CONNACK %i.', (code, returnCode) => {
  expect(connackCodeOf(new HubError(code, 'No.'))).toBe(returnCode);
});
