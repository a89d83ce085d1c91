// The shared access policies with their keys, for whoever may do everything anyway: read, create, change, rotate and delete.
import { parseKeyRotation, parsePolicySpec } from '../../../domain/access/parse-policy.ts';
import type { Policy } from '../../../domain/access/policy.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { parsePrecondition } from '../../../domain/precondition.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function policyRoutes({ policies }: Hub): readonly Route[] {
  const signIn = [['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect']] as const;
  const path = '/hub/policies/:name';
  const maxBodyBytes = LIMITS.policyBodyBytes.value;
  return [
    { method: 'GET', path: '/hub/policies', signIn, handle: () => ({ status: 200, body: policies.list().map(policyDocument) }) },
    { method: 'GET', path, signIn, handle: ({ segment }) => policyAnswer(policies.get(segment('name'))) },
    {
      method: 'PUT',
      path,
      signIn,
      maxBodyBytes,
      handle: async ({ segment, body, header, by }) =>
        policyAnswer(await policies.put(parsePolicySpec(segment('name'), body()), parsePrecondition(header('if-match')), by())),
    },
    {
      method: 'POST',
      path: `${path}/rotate`,
      signIn,
      maxBodyBytes,
      handle: async ({ segment, body, by }) => policyAnswer(await policies.rotate(segment('name'), parseKeyRotation(body()), by())),
    },
    {
      method: 'DELETE',
      path,
      signIn,
      async handle({ segment, by }): Promise<RouteAnswer> {
        await policies.delete(segment('name'), by());
        return { status: 204 };
      },
    },
  ];
}

function policyAnswer(policy: Policy): RouteAnswer {
  return { status: 200, body: policyDocument(policy) };
}

function policyDocument({ name, keys, permissions }: Policy): JsonObject {
  return { name, primaryKey: keys.primaryKey, secondaryKey: keys.secondaryKey, permissions };
}
