// One entry of the audit: a write that a back end or an operator asked for, with who did it, from where, and what it moved.

/** Who asked for a write. Both are null for the process that holds the hub, such as a start with another `--policy`, or a test that registers a device. */
export type Actor = {
  /** Name of the shared access policy whose key signed the request. */
  readonly policy: string | null;
  /** Network address that the request came from. */
  readonly source: string | null;
};

export const OWN_PROCESS: Actor = { policy: null, source: null };

export const AUDIT_ACTIONS = [
  'device.create',
  'device.update',
  'device.delete',
  'module.create',
  'module.update',
  'module.delete',
  'twin.patch',
  'twin.replace',
  'job.create',
  'job.cancel',
  'policy.create',
  'policy.update',
  'policy.rotate',
  'policy.delete',
  'certificate.create',
  'certificate.update',
  'certificate.code',
  'certificate.verify',
  'certificate.delete',
  'index.create',
  'index.drop',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/**
 * `sequence` rises with commits and never repeats. `target`: the id of the device or job, the name of the policy or CA certificate, or
 * `{device id}/{module id}`, or the path of the index, that the action names. `before` and `after` tell the version on both sides of the write, null where the thing did
 * not exist: etags of identities and CA certificates, versions of twins, states of jobs; policies and indexes have none. `detail`: what a person wants to
 * know besides, and never a secret.
 */
export type AuditEntry = {
  readonly sequence: number;
  /** ISO-8601 UTC. */
  readonly at: string;
  readonly action: AuditAction;
  readonly target: string;
  readonly by: Actor;
  readonly before: string | null;
  readonly after: string | null;
  readonly detail: string | null;
};

/** An entry on its way to the store, which gives it its place. */
export type AuditRecord = Omit<AuditEntry, 'sequence'>;
