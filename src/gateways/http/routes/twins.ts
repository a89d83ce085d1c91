// Device twins as the back end reads and writes them.
import { LIMITS } from '../../../domain/limits.ts';
import { parsePrecondition } from '../../../domain/precondition.ts';
import { twinEtag } from '../../../domain/twin/apply-twin-change.ts';
import { serviceTwinDocument } from '../../../domain/twin/twin-document.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { IdentityTwin } from '../../../ports/twin-store.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function twinRoutes({ twins }: Hub): readonly Route[] {
  // Live facts, Twins: a registry policy is refused.
  const oneTwin = { path: '/twins/:deviceId', signIn: [['ServiceConnect']], maxBodyBytes: LIMITS.twinBodyBytes.value } as const;
  const writing = (kind: 'patch' | 'replace'): Route['handle'] => {
    return async ({ segment, body, header, by }) =>
      twinAnswer(
        await twins.write({
          kind,
          deviceId: segment('deviceId'),
          body: body(),
          precondition: parsePrecondition(header('if-match')),
          by: by(),
        }),
      );
  };
  return [
    { ...oneTwin, method: 'GET', handle: async ({ segment }) => twinAnswer(await twins.get({ deviceId: segment('deviceId') })) },
    { ...oneTwin, method: 'PATCH', handle: writing('patch') },
    { ...oneTwin, method: 'PUT', handle: writing('replace') },
  ];
}

function twinAnswer({ identity, twin }: IdentityTwin): RouteAnswer {
  return { status: 200, body: serviceTwinDocument(identity, twin), etag: twinEtag(twin) };
}
