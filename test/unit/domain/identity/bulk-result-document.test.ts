// The answer to a bulk call.
import { expect, it } from 'vitest';
import { bulkResultDocument } from '../../../../src/domain/identity/bulk-result-document.ts';

const refusal = { code: 'DeviceAlreadyExists', message: 'It is there.' } as const;

it('bulkResultDocument of a call without a refusal is a success', () => {
  expect(bulkResultDocument([])).toEqual({ isSuccessful: true, errors: [], warnings: [] });
});

it('bulkResultDocument names what was refused, in order, and leaves out what an item did not have', () => {
  const document = bulkResultDocument([
    { target: { deviceId: 'b', moduleId: undefined, operation: 'create' }, refusal },
    { target: { deviceId: 'a', moduleId: 'm', operation: undefined }, refusal },
  ]);

  const error = { errorCode: 'DeviceAlreadyExists', errorStatus: 'It is there.' };
  expect(document).toStrictEqual({
    isSuccessful: false,
    errors: [
      { deviceId: 'b', ...error, operation: 'create' },
      { deviceId: 'a', ...error, moduleId: 'm' },
    ],
    warnings: [],
  });
});
