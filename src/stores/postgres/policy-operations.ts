// Shared access policies on PostgreSQL.
import type { Policy } from '../../domain/access/policy.ts';
import { applyPolicyWrite, type PolicyWrite, type PolicyWriteEffect } from '../../domain/access/policy-write.ts';
import { policyAudit } from '../../domain/audit/audit-records.ts';
import { joinNames } from '../sql/name-list.ts';
import { type PolicyRow, toPolicy } from '../sql/policy-row.ts';
import { appendAudit } from './audit-operations.ts';
import type { Reader, Writer } from './driver.ts';

export async function listPolicies(reader: Reader): Promise<readonly Policy[]> {
  const rows = await reader.rows<PolicyRow>(
    `select name, primary_key, secondary_key, permissions
     from policies
     order by name`,
  );
  return rows.map(toPolicy);
}

export async function savePolicies(writer: Writer, policies: readonly Policy[]): Promise<void> {
  for (const policy of policies) {
    await writer.run(
      `insert into policies (name, primary_key, secondary_key, permissions)
       values ($1, $2, $3, $4)
       on conflict (name) do update
       set primary_key = excluded.primary_key, secondary_key = excluded.secondary_key, permissions = excluded.permissions`,
      policy.name,
      policy.keys.primaryKey,
      policy.keys.secondaryKey,
      joinNames(policy.permissions),
    );
  }
}

export async function writePolicy(writer: Writer, write: PolicyWrite): Promise<PolicyWriteEffect> {
  // The rule looks at all policies, so no other may come or go meanwhile.
  await writer.run('lock table policies in share row exclusive mode');
  const policies = await listPolicies(writer);
  const effect = applyPolicyWrite(policies, write);
  const before = policies.find(({ name }) => name === effect.policy.name);
  if (effect.kind === 'deleted') await writer.run('delete from policies where name = $1', effect.policy.name);
  else await savePolicies(writer, [effect.policy]);
  appendAudit(writer, [policyAudit({ write, before, effect })]);
  return effect;
}
