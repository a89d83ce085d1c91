// Shared access policies on SQLite.
import type { Policy } from '../../domain/access/policy.ts';
import { applyPolicyWrite, type PolicyWrite, type PolicyWriteEffect } from '../../domain/access/policy-write.ts';
import { policyAudit } from '../../domain/audit/audit-records.ts';
import { appendAudit } from './audit-operations.ts';
import type { Reader, Writer } from './driver.ts';
import { joinNames } from '../sql/name-list.ts';
import { type PolicyRow, toPolicy } from '../sql/policy-row.ts';

export function listPolicies(reader: Reader): readonly Policy[] {
  const rows = reader.rows<PolicyRow>(
    `select name, primary_key, secondary_key, permissions
     from policies
     order by name`,
  );
  return rows.map(toPolicy);
}

export function savePolicies(writer: Writer, policies: readonly Policy[]): void {
  for (const policy of policies) {
    writer.run(
      `insert into policies (name, primary_key, secondary_key, permissions)
       values (?, ?, ?, ?)
       on conflict (name) do update
       set primary_key = excluded.primary_key, secondary_key = excluded.secondary_key, permissions = excluded.permissions`,
      policy.name,
      policy.keys.primaryKey,
      policy.keys.secondaryKey,
      joinNames(policy.permissions),
    );
  }
}

export function writePolicy(writer: Writer, write: PolicyWrite): PolicyWriteEffect {
  const policies = listPolicies(writer);
  const effect = applyPolicyWrite(policies, write);
  const before = policies.find(({ name }) => name === effect.policy.name);
  if (effect.kind === 'deleted') deletePolicy(writer, effect.policy.name);
  else savePolicies(writer, [effect.policy]);
  appendAudit(writer, policyAudit({ write, before, effect }));
  return effect;
}

function deletePolicy(writer: Writer, name: string): void {
  writer.run(
    `delete from policies
     where name = ?`,
    name,
  );
}
