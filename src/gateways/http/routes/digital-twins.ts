// Digital twins: a twin as components and properties, and direct methods as their commands.
import { parseCommand } from '../../../domain/digital-twin/command.ts';
import { digitalTwinDocument } from '../../../domain/digital-twin/digital-twin-document.ts';
import { parseDigitalTwinId } from '../../../domain/digital-twin/digital-twin-id.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { DirectMethodCall } from '../../../domain/method/direct-method.ts';
import { parsePrecondition } from '../../../domain/precondition.ts';
import { twinEtag } from '../../../domain/twin/apply-twin-change.ts';
import type { Twin } from '../../../domain/twin/twin.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteRequest } from '../route.ts';
import { methodErrorInfo } from './methods.ts';

const signIn = [['ServiceConnect']] as const;

export function digitalTwinRoutes({ twins, methods }: Hub): readonly Route[] {
  const oneTwin = { path: '/digitaltwins/:id', signIn };
  return [
    {
      ...oneTwin,
      method: 'GET',
      async handle({ segment }) {
        const { identity, twin } = await twins.get(parseDigitalTwinId(segment('id')));
        return { status: 200, body: digitalTwinDocument(identity, twin), headers: { etag: weakEtag(twin) } };
      },
    },
    {
      ...oneTwin,
      method: 'PATCH',
      maxBodyBytes: LIMITS.twinBodyBytes.value,
      async handle({ segment, body, header, by }) {
        const { twin } = await twins.patchDigitalTwin({
          ...parseDigitalTwinId(segment('id')),
          body: body(),
          precondition: parsePrecondition(header('if-match')),
          by: by(),
        });
        return { status: 202, headers: { etag: weakEtag(twin), location: `/digitaltwins/${encodeURIComponent(segment('id'))}` } };
      },
    },
    commandRoute(methods, '/digitaltwins/:id/commands/:command', () => undefined),
    commandRoute(methods, '/digitaltwins/:id/components/:component/commands/:command', ({ segment }) => segment('component')),
  ];
}

/** Of the twin of the device, whose reports it does not cover: two documents with one etag may differ. */
function weakEtag(twin: Twin): string {
  return `W/"${twinEtag(twin)}"`;
}

function commandRoute(methods: Hub['methods'], path: string, componentOf: (request: RouteRequest) => string | undefined): Route {
  const callOf = (request: RouteRequest): DirectMethodCall =>
    parseCommand({
      component: componentOf(request),
      command: request.segment('command'),
      // The body is the payload, and may be left out.
      payload: request.bytes.length === 0 ? null : request.body(),
      connectTimeout: request.query['connectTimeoutInSeconds'],
      responseTimeout: request.query['responseTimeoutInSeconds'],
    });
  return {
    method: 'POST',
    path,
    signIn,
    maxBodyBytes: LIMITS.methodBodyBytes.value,
    nestedErrorInfo: (error, request) => methodErrorInfo(error, () => callOf(request)),
    async handle(request) {
      const { status, payload } = await methods.invoke(parseDigitalTwinId(request.segment('id')), callOf(request));
      // 200 whatever the device's own status is, which stands in the header (live facts, Digital twins).
      return { status: 200, body: payload, headers: { 'x-ms-command-statuscode': String(status) } };
    },
  };
}
