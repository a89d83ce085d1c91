// The shared access policies with their keys, for whoever may do everything anyway.
import type { Policy } from '../../../domain/access/policy.ts';
import { HubError } from '../../../domain/errors.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route } from '../route.ts';

export function policyRoutes({ policies }: Hub): readonly Route[] {
  const secret = { method: 'GET', signIn: [['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect']] } as const;
  return [
    { ...secret, path: '/hub/policies', handle: () => ({ status: 200, body: policies.map(policyDocument) }) },
    {
      ...secret,
      path: '/hub/policies/:name',
      handle: ({ segment }) => ({ status: 200, body: policyDocument(policyNamed(policies, segment('name'))) }),
    },
  ];
}

function policyNamed(policies: readonly Policy[], name: string): Policy {
  const policy = policies.find((candidate) => candidate.name === name);
  if (policy) return policy;
  throw new HubError(
    'GenericNotFound',
    `There is no policy '${name}'. The policies are ${policies.map((known) => known.name).join(', ')}.`,
  );
}

function policyDocument({ name, keys, permissions }: Policy): JsonObject {
  return { name, primaryKey: keys.primaryKey, secondaryKey: keys.secondaryKey, permissions };
}
