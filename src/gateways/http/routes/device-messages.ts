// Messages of devices over HTTPS: telemetry, alone or in batches, and the place where a device looks for messages to it (contract 3.1).
import { HubError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { parseTelemetryBatch } from '../../../domain/telemetry-batch.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function deviceMessageRoutes({ telemetry }: Hub): readonly Route[] {
  return [
    {
      method: 'POST',
      // The SDK sends messages of modules here too, with their tokens (contract 3.1).
      path: '/devices/:deviceId/messages/events',
      signIn: 'deviceOrModule',
      maxBodyBytes: LIMITS.messageBytes.value,
      handle({ contentType, bytes, body }): RouteAnswer {
        const sizes = isBatch(contentType) ? parseTelemetryBatch(body()) : [bytes.length];
        for (const size of sizes) telemetry.accept(size);
        return NOTHING;
      },
    },
    ...INBOXES.flatMap(inboxRoutes),
  ];
}

const NOTHING: RouteAnswer = { status: 204 };

/** As the SDKs write it, and as the documentation does. */
const INBOXES = ['/devices/:deviceId/messages/devicebound', '/devices/:deviceId/messages/deviceBound'];

/** There is never a message, so no lock that a device could hold. SDKs poll the first, and must not be told of an error then. */
function inboxRoutes(path: string): readonly Route[] {
  return [
    { method: 'GET', path, signIn: 'device', handle: () => NOTHING },
    // Completes, or rejects with the parameter `reject`.
    { method: 'DELETE', path: `${path}/:lockToken`, signIn: 'device', handle: refuseLock },
    { method: 'POST', path: `${path}/:lockToken/abandon`, signIn: 'device', handle: refuseLock },
  ];
}

function refuseLock(): never {
  throw new HubError('DeviceMessageLockLost', 'No message is locked with this token. This hub has no messages to devices.');
}

function isBatch(contentType: string | undefined): boolean {
  const [type = ''] = (contentType ?? '').split(';');
  return type.trim().toLowerCase() === 'application/vnd.microsoft.iothub.json';
}
