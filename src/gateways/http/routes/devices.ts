// Devices in the identity registry: create, update, read, list and delete.
import { deviceDocument } from '../../../domain/identity/device-document.ts';
import type { Device } from '../../../domain/identity/device.ts';
import { parseDeviceSpec } from '../../../domain/identity/parse-device-spec.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { parsePrecondition } from '../../../domain/precondition.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function deviceRoutes({ devices }: Hub): readonly Route[] {
  const path = '/devices/:deviceId';
  return [
    {
      method: 'GET',
      path: '/devices',
      signIn: [['RegistryRead']],
      handle: async ({ query }) => ({ status: 200, body: (await devices.list(parseTop(query['top']))).map(deviceDocument) }),
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

/** Anything but 1 to 1000 means 1000 (behaviour 1.5). */
function parseTop(text: string | undefined): number {
  const max = LIMITS.deviceListMax.value;
  const top = /^\d+$/.test(text ?? '') ? Number(text) : max;
  return top >= 1 && top <= max ? top : max;
}
