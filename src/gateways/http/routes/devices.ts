// Devices in the identity registry: create, update, read, list and delete, one by one or many at once.
import type { ErrorCode } from '../../../domain/errors.ts';
import { bulkResultDocument, type RefusedItem } from '../../../domain/identity/bulk-result-document.ts';
import { deviceDocument } from '../../../domain/identity/device-document.ts';
import type { Device } from '../../../domain/identity/device.ts';
import { parseBulk } from '../../../domain/identity/parse-bulk.ts';
import { parseDeviceSpec } from '../../../domain/identity/parse-device-spec.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { parsePrecondition } from '../../../domain/precondition.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function deviceRoutes({ devices, bulkRegistry }: Hub): readonly Route[] {
  const path = '/devices/:deviceId';
  return [
    {
      method: 'GET',
      path: '/devices',
      signIn: [['RegistryRead']],
      handle: async ({ query }) => ({ status: 200, body: (await devices.list(parseTop(query['top']))).map(deviceDocument) }),
    },
    {
      method: 'POST',
      path: '/devices',
      signIn: [['RegistryRead', 'RegistryWrite']],
      maxBodyBytes: LIMITS.bulkBodyBytes.value,
      handle: async ({ body, by }) => bulkAnswer(await bulkRegistry.write(parseBulk(body()), by())),
    },
    {
      method: 'GET',
      path,
      signIn: [['RegistryRead']],
      handle: async ({ segment }) => deviceAnswer(await devices.get(segment('deviceId'))),
    },
    {
      method: 'PUT',
      path,
      signIn: [['RegistryWrite']],
      maxBodyBytes: LIMITS.deviceBodyBytes.value,
      handle: async ({ segment, body, header, by }) =>
        deviceAnswer(await devices.put(parseDeviceSpec(segment('deviceId'), body()), parsePrecondition(header('if-match')), by())),
    },
    {
      method: 'DELETE',
      path,
      signIn: [['RegistryWrite']],
      async handle({ segment, header, by }): Promise<RouteAnswer> {
        await devices.delete(segment('deviceId'), parsePrecondition(header('if-match')), by());
        return { status: 204 };
      },
    },
  ];
}

function deviceAnswer(device: Device): RouteAnswer {
  return { status: 200, body: deviceDocument(device), etag: device.etag };
}

/** SDKs for .NET read the body of a 400 only under this error code, and take any other for a refusal of the whole call. */
const PARTLY_REFUSED: ErrorCode = 'BulkRegistryOperationFailure';

function bulkAnswer(refused: readonly RefusedItem[]): RouteAnswer {
  const body = bulkResultDocument(refused);
  return refused.length === 0 ? { status: 200, body } : { status: 400, body, headers: { 'iothub-errorcode': PARTLY_REFUSED } };
}

/** Anything but 1 to 1000 means 1000 (behaviour 1.5). */
function parseTop(text: string | undefined): number {
  const max = LIMITS.deviceListMax.value;
  const top = /^\d+$/.test(text ?? '') ? Number(text) : max;
  return top >= 1 && top <= max ? top : max;
}
