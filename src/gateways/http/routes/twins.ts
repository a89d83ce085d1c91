// Twins of devices and modules as the back end reads and writes them.
import type { IdentityId } from '../../../domain/identity/identity-id.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { parsePrecondition } from '../../../domain/precondition.ts';
import { twinEtag } from '../../../domain/twin/apply-twin-change.ts';
import { serviceTwinDocument } from '../../../domain/twin/twin-document.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { IdentityTwin } from '../../../ports/twin-store.ts';
import type { Route, RouteAnswer, RouteRequest } from '../route.ts';

export function twinRoutes({ twins }: Hub): readonly Route[] {
  const reading =
    (idOf: IdOf): Route['handle'] =>
    async (request) =>
      twinAnswer(await twins.get(idOf(request)));
  const writing =
    (kind: 'patch' | 'replace', idOf: IdOf): Route['handle'] =>
    async (request) => {
      const precondition = parsePrecondition(request.header('if-match'));
      return twinAnswer(await twins.write({ kind, ...idOf(request), body: request.body(), precondition, by: request.by() }));
    };
  return PLACES.flatMap(({ path, idOf }) => {
    // Live facts, Twins: a registry policy is refused.
    const oneTwin = { path, signIn: [['ServiceConnect']], maxBodyBytes: LIMITS.twinBodyBytes.value } as const;
    return [
      { ...oneTwin, method: 'GET', handle: reading(idOf) },
      { ...oneTwin, method: 'PATCH', handle: writing('patch', idOf) },
      { ...oneTwin, method: 'PUT', handle: writing('replace', idOf) },
    ];
  });
}

type IdOf = (request: RouteRequest) => IdentityId;

const PLACES: readonly { readonly path: string; readonly idOf: IdOf }[] = [
  { path: '/twins/:deviceId', idOf: ({ segment }) => ({ deviceId: segment('deviceId') }) },
  {
    path: '/twins/:deviceId/modules/:moduleId',
    idOf: ({ segment }) => ({ deviceId: segment('deviceId'), moduleId: segment('moduleId') }),
  },
];

function twinAnswer({ identity, twin }: IdentityTwin): RouteAnswer {
  return { status: 200, body: serviceTwinDocument(identity, twin), etag: twinEtag(twin) };
}
