// The CA certificates by which devices may sign in, for whoever may do everything anyway: upload, proof of possession, read and delete.
import { type CaCertificate, caCertificateDocument } from '../../../domain/certificate/ca-certificate.ts';
import { parseCaCertificateSpec, parseCertificate } from '../../../domain/certificate/parse-ca-certificate.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { parsePrecondition } from '../../../domain/precondition.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteAnswer, RouteRequest } from '../route.ts';

export function caCertificateRoutes({ caCertificates }: Hub): readonly Route[] {
  const signIn = [['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect']] as const;
  const list = '/hub/certificates';
  const path = `${list}/:name`;
  const maxBodyBytes = LIMITS.caCertificateBodyBytes.value;
  return [
    { method: 'GET', path: list, signIn, handle: () => ({ status: 200, body: caCertificates.list().map(caCertificateDocument) }) },
    { method: 'GET', path, signIn, handle: ({ segment }) => answerOf(caCertificates.get(segment('name'))) },
    {
      method: 'PUT',
      path,
      signIn,
      maxBodyBytes,
      handle: async (request) =>
        answerOf(
          await caCertificates.put(parseCaCertificateSpec(request.segment('name'), request.body()), conditionOf(request), request.by()),
        ),
    },
    {
      method: 'POST',
      path: `${path}/verification-code`,
      signIn,
      handle: async (request) => answerOf(await caCertificates.askCode(request.segment('name'), conditionOf(request), request.by())),
    },
    {
      method: 'POST',
      path: `${path}/verify`,
      signIn,
      maxBodyBytes,
      async handle(request): Promise<RouteAnswer> {
        const claim = { name: request.segment('name'), proof: parseCertificate(request.body()) };
        return answerOf(await caCertificates.verify(claim, conditionOf(request), request.by()));
      },
    },
    {
      method: 'DELETE',
      path,
      signIn,
      async handle(request): Promise<RouteAnswer> {
        await caCertificates.delete(request.segment('name'), conditionOf(request), request.by());
        return { status: 204 };
      },
    },
  ];
}

function conditionOf({ header }: RouteRequest): ReturnType<typeof parsePrecondition> {
  return parsePrecondition(header('if-match'));
}

function answerOf(ca: CaCertificate): RouteAnswer {
  return { status: 200, body: caCertificateDocument(ca), etag: ca.etag };
}
