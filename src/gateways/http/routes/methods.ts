// Direct methods: the back end calls a device or a module and waits for its answer.
import type { HubError } from '../../../domain/errors.ts';
import type { IdentityId } from '../../../domain/identity/identity-id.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { type DirectMethodCall, parseDirectMethodCall } from '../../../domain/method/direct-method.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteRequest } from '../route.ts';

export function methodRoutes({ methods }: Hub): readonly Route[] {
  const calling = (path: string, idOf: (request: RouteRequest) => IdentityId): Route => ({
    method: 'POST',
    path,
    signIn: [['ServiceConnect']],
    maxBodyBytes: LIMITS.methodBodyBytes.value,
    nestedErrorInfo: (error, { body }) => methodErrorInfo(error, () => parseDirectMethodCall(body())),
    async handle(request) {
      const { status, payload } = await methods.invoke(idOf(request), parseDirectMethodCall(request.body()));
      // 200 whatever the device's own status is (behaviour 4).
      return { status: 200, body: { status, payload } };
    },
  });
  return [
    calling('/twins/:deviceId/methods', ({ segment }) => ({ deviceId: segment('deviceId') })),
    calling('/twins/:deviceId/modules/:moduleId/methods', ({ segment }) => ({
      deviceId: segment('deviceId'),
      moduleId: segment('moduleId'),
    })),
  ];
}

/** As live hubs fill it: how long the hub waited for the device to connect, and an empty object when it waited for an answer. */
export function methodErrorInfo(error: HubError, callOf: () => DirectMethodCall): JsonObject | undefined {
  if (error.code === 'DeviceNotOnline') return { timeout: asTimeSpan(callOf().connectTimeoutSeconds) };
  return error.code === 'GatewayTimeout' ? {} : undefined;
}

/** `hh:mm:ss` */
function asTimeSpan(seconds: number): string {
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
}
