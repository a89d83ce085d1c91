// Modules in the identity registry: create, update, read, list and delete them.
import type { ModuleId } from '../../../domain/identity/identity-id.ts';
import { moduleDocument } from '../../../domain/identity/module-document.ts';
import type { Module } from '../../../domain/identity/module.ts';
import { parseModuleSpec } from '../../../domain/identity/parse-module-spec.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { parsePrecondition } from '../../../domain/precondition.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteAnswer, RouteRequest } from '../route.ts';

export function moduleRoutes({ modules }: Hub): readonly Route[] {
  const path = '/devices/:deviceId/modules/:moduleId';
  return [
    {
      method: 'GET',
      path: '/devices/:deviceId/modules',
      signIn: [['RegistryRead']],
      handle: async ({ segment }) => ({ status: 200, body: (await modules.list(segment('deviceId'))).map(moduleDocument) }),
    },
    {
      method: 'GET',
      path,
      signIn: [['RegistryRead']],
      handle: async (request) => moduleAnswer(await modules.get(idOf(request))),
    },
    {
      method: 'PUT',
      path,
      signIn: [['RegistryWrite']],
      maxBodyBytes: LIMITS.deviceBodyBytes.value,
      // A new module is answered with 200 as well (live facts, Modules).
      handle: async (request) => {
        const spec = parseModuleSpec(idOf(request), request.body());
        return moduleAnswer(await modules.put(spec, parsePrecondition(request.header('if-match')), request.by()));
      },
    },
    {
      method: 'DELETE',
      path,
      signIn: [['RegistryWrite']],
      async handle(request): Promise<RouteAnswer> {
        await modules.delete(idOf(request), parsePrecondition(request.header('if-match')), request.by());
        return { status: 204 };
      },
    },
  ];
}

function idOf({ segment }: RouteRequest): ModuleId {
  return { deviceId: segment('deviceId'), moduleId: segment('moduleId') };
}

function moduleAnswer(module: Module): RouteAnswer {
  return { status: 200, body: moduleDocument(module), etag: module.etag };
}
