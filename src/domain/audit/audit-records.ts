// What the audit says of each write: the rules that turn an effect into a record.
import type { PolicyWrite, PolicyWriteEffect } from '../access/policy-write.ts';
import type { CaCertificateEffect, CaCertificateWrite } from '../certificate/ca-certificate-write.ts';
import type { DeviceWrite, DeviceWriteEffect } from '../identity/device-write.ts';
import type { Policy } from '../access/policy.ts';
import { authenticationChanges } from '../identity/authentication.ts';
import type { Device } from '../identity/device.ts';
import { addressOf } from '../identity/identity-id.ts';
import type { ModuleWrite, ModuleWriteEffect } from '../identity/module-write.ts';
import type { Module } from '../identity/module.ts';
import type { SymmetricKeys } from '../identity/symmetric-key.ts';
import type { Job } from '../job/job.ts';
import { formatIndexPlace, type IndexPlace } from '../query/index/twin-index.ts';
import type { Twin, TwinChange, TwinSectionName } from '../twin/twin.ts';
import type { Actor, AuditAction, AuditRecord } from './audit-entry.ts';

type DeviceStep = { readonly write: DeviceWrite; readonly before: Device | undefined; readonly effect: DeviceWriteEffect };

/** @param step a write of a device with the identity it met and what it came to. */
export function deviceAudit({ write, before, effect }: DeviceStep): AuditRecord {
  const common = { at: write.at, by: write.by, target: effect.device.deviceId, before: before?.etag ?? null };
  switch (effect.kind) {
    case 'created':
      return { ...common, action: 'device.create', after: effect.device.etag, detail: statusOf(effect.device) };
    case 'updated':
      return { ...common, action: 'device.update', after: effect.device.etag, detail: before ? changesOf(before, effect.device) : null };
    case 'deleted':
      return { ...common, action: 'device.delete', after: null, detail: null };
  }
}

function statusOf({ status }: Device): string | null {
  return status === 'enabled' ? null : status;
}

/** Says that keys changed, never to what. */
function changesOf(before: Device, after: Device): string {
  const changes = [
    before.status === after.status ? [] : [after.status],
    before.statusReason === after.statusReason ? [] : ['statusReason'],
    authenticationChanges(before.authentication, after.authentication),
    before.iotEdge === after.iotEdge ? [] : [after.iotEdge ? 'edge device' : 'no edge device'],
    before.parentScopes.join() === after.parentScopes.join() ? [] : ['parent'],
  ].flat();
  return changes.length === 0 ? 'nothing changed' : changes.join(', ');
}

type ModuleStep = {
  readonly write: Pick<ModuleWrite, 'at' | 'by'>;
  readonly before: Module | undefined;
  readonly effect: ModuleWriteEffect;
};

/** @param step a write of a module with the identity it met and what it came to. */
export function moduleAudit({ write, before, effect }: ModuleStep): AuditRecord {
  const { module } = effect;
  const common = { at: write.at, by: write.by, target: addressOf(module), before: before?.etag ?? null };
  switch (effect.kind) {
    case 'created':
      return { ...common, action: 'module.create', after: module.etag, detail: module.managedBy };
    case 'updated':
      return { ...common, action: 'module.update', after: module.etag, detail: before ? moduleChanges(before, module) : null };
    case 'deleted':
      return { ...common, action: 'module.delete', after: null, detail: null };
  }
}

function moduleChanges(before: Module, after: Module): string {
  const managedBy = before.managedBy === after.managedBy ? [] : ['managedBy'];
  const changes = [...managedBy, ...authenticationChanges(before.authentication, after.authentication)];
  return changes.length === 0 ? 'nothing changed' : changes.join(', ');
}

type TwinStep = {
  readonly write: Exclude<TwinChange, { readonly kind: 'report' }>;
  readonly by: Actor;
  readonly before: Twin;
  readonly after: Twin;
  readonly changed: readonly TwinSectionName[];
};

/** @param step a write of a twin that changed at least one section. */
export function twinAudit({ write, by, before, after, changed }: TwinStep): AuditRecord {
  return {
    at: write.at,
    action: write.kind === 'replace' ? 'twin.replace' : 'twin.patch',
    target: addressOf(write),
    by,
    before: String(before.version),
    after: String(after.version),
    detail: changed.join(', '),
  };
}

/** @param job as it was created. */
export function jobCreatedAudit(job: Job, by: Actor): AuditRecord {
  const kind = job.work.kind === 'method' ? `direct method ${job.work.methodName}` : 'twin update';
  return { at: job.createdTime, action: 'job.create', target: job.jobId, by, before: null, after: job.status, detail: kind };
}

type JobEnd = { readonly before: Job; readonly after: Job; readonly by: Actor; readonly at: string };

/** @param end the end of a job that somebody asked for. */
export function jobEndAudit({ before, after, by, at }: JobEnd): AuditRecord {
  return { at, action: 'job.cancel', target: after.jobId, by, before: before.status, after: after.status, detail: null };
}

type PolicyStep = { readonly write: PolicyWrite; readonly before: Policy | undefined; readonly effect: PolicyWriteEffect };

/** @param step a write of a policy with what it met and what it came to. */
export function policyAudit({ write, before, effect }: PolicyStep): AuditRecord {
  const { policy } = effect;
  const common = { at: write.at, by: write.by, target: policy.name, before: null, after: null };
  switch (effect.kind) {
    case 'created':
      return { ...common, action: 'policy.create', detail: policy.permissions.join(', ') };
    case 'updated':
      return { ...common, action: 'policy.update', detail: before ? policyChanges(before, policy) : null };
    case 'rotated':
      return { ...common, action: 'policy.rotate', detail: before ? policyChanges(before, policy) : null };
    case 'deleted':
      return { ...common, action: 'policy.delete', detail: null };
  }
}

/** Says that keys changed, never to what. */
function policyChanges(before: Policy, after: Policy): string {
  const permissions = after.permissions.join(', ');
  const changes = [permissions === before.permissions.join(', ') ? [] : [permissions], changedKeys(before.keys, after.keys)].flat();
  return changes.length === 0 ? 'nothing changed' : changes.join(', ');
}

function changedKeys(before: SymmetricKeys, after: SymmetricKeys): readonly string[] {
  return [
    before.primaryKey === after.primaryKey ? [] : ['primary key'],
    before.secondaryKey === after.secondaryKey ? [] : ['secondary key'],
  ].flat();
}

const CERTIFICATE_ACTIONS: Readonly<Record<CaCertificateEffect['kind'], AuditAction>> = {
  created: 'certificate.create',
  updated: 'certificate.update',
  codeGiven: 'certificate.code',
  verified: 'certificate.verify',
  deleted: 'certificate.delete',
};

/** Names the certificate by its thumbprint, and says when a write made it good for devices. */
export function caCertificateAudit({ at, by }: CaCertificateWrite, { kind, before, ca }: CaCertificateEffect): AuditRecord {
  const becameGood = kind !== 'deleted' && ca.isVerified && before?.isVerified !== true;
  const detail = [ca.thumbprint, ...(becameGood ? ['verified'] : [])].join(', ');
  const after = kind === 'deleted' ? null : ca.etag;
  return { at, action: CERTIFICATE_ACTIONS[kind], target: ca.name, by, before: before?.etag ?? null, after, detail };
}

type IndexStep = { readonly action: 'index.create' | 'index.drop'; readonly place: IndexPlace; readonly at: string; readonly by: Actor };

export function indexAudit({ action, place, at, by }: IndexStep): AuditRecord {
  return { at, by, action, target: formatIndexPlace(place), before: null, after: null, detail: null };
}
