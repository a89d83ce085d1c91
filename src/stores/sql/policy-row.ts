// A row of the table of policies, and the policy it stands for.
import type { Policy } from '../../domain/access/policy.ts';
import { splitNames } from './name-list.ts';

export type PolicyRow = {
  readonly name: string;
  readonly primary_key: string;
  readonly secondary_key: string;
  readonly permissions: string;
};

export function toPolicy(row: PolicyRow): Policy {
  return {
    name: row.name,
    keys: { primaryKey: row.primary_key, secondaryKey: row.secondary_key },
    permissions: splitNames(row.permissions),
  };
}
