// The audit, for whoever may do everything: it names devices, policies and the addresses that requests came from.
import type { AuditEntry } from '../../../domain/audit/audit-entry.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Hub } from '../../../hub/hub.ts';
import { pageAnswer, pageRequestOf } from '../paging.ts';
import type { Route } from '../route.ts';

export function auditRoutes({ audit }: Hub): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/hub/audit',
      signIn: [['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect']],
      async handle(request) {
        const { query } = request;
        const { entries, continuation } = await audit.list({
          target: query['target'],
          actionPrefix: query['action'],
          policy: query['policy'],
          since: query['since'],
          until: query['until'],
          ...pageRequestOf(request),
        });
        return pageAnswer({ itemType: 'AuditEntry', items: entries.map(auditDocument), continuation });
      },
    },
  ];
}

function auditDocument({ sequence, at, action, target, by, before, after, detail }: AuditEntry): JsonObject {
  return { sequence, time: at, action, target, policy: by.policy, source: by.source, before, after, detail };
}
