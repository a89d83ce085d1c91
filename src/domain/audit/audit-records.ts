// What the audit says of each write: the rules that turn an effect into a record.
import type { DeviceWrite, DeviceWriteEffect } from '../identity/device-write.ts';
import type { Device } from '../identity/device.ts';
import type { Job } from '../job/job.ts';
import type { Twin, TwinChange, TwinSectionName } from '../twin/twin.ts';
import type { Actor, AuditRecord } from './audit-entry.ts';

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
    before.keys.primaryKey === after.keys.primaryKey ? [] : ['primary key'],
    before.keys.secondaryKey === after.keys.secondaryKey ? [] : ['secondary key'],
  ].flat();
  return changes.length === 0 ? 'nothing changed' : changes.join(', ');
}

type TwinStep = {
  readonly write: Extract<TwinChange, { readonly kind: 'patch' | 'replace' }>;
  readonly by: Actor;
  readonly before: Twin;
  readonly after: Twin;
  readonly changed: readonly TwinSectionName[];
};

/** @param step a write of a twin that changed at least one section. */
export function twinAudit({ write, by, before, after, changed }: TwinStep): AuditRecord {
  return {
    at: write.at,
    action: write.kind === 'patch' ? 'twin.patch' : 'twin.replace',
    target: write.deviceId,
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
