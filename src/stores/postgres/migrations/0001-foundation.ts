// Schema version 1: identities, twins, kept subscriptions, policies, CA certificates, the change feed, the audit and jobs.

/**
 * Text compares by its UTF-8 bytes, which is code-point order. Times are ISO-8601 UTC. Tables of what belongs to a device begin with its id, in
 * their keys too, so that they can be distributed by it.
 *
 * Twins and kept subscriptions are those of a device where `module_id` is empty. They go with their device by a foreign key, and with their
 * module by the statement that deletes it. Changes, entries of the audit and records of jobs outlive their device.
 *
 * Records name their job by a number, which takes less room than its id and is never used again. A job that is removed goes at once, its records
 * after it: `removed_jobs` says whose are still there.
 */
export const foundation = {
  version: 1,
  script: `
    create table devices (
      device_id text collate "C" not null primary key,
      generation_id text collate "C" not null,
      etag text collate "C" not null,
      status text collate "C" not null check (status in ('enabled', 'disabled')),
      status_reason text collate "C",
      status_updated_time text collate "C" not null,
      authentication_type text collate "C" not null check (authentication_type in ('sas', 'selfSigned', 'certificateAuthority', 'none')),
      primary_key text collate "C",
      secondary_key text collate "C",
      primary_thumbprint text collate "C",
      secondary_thumbprint text collate "C",
      iot_edge boolean not null,
      device_scope text collate "C",
      parent_scopes jsonb not null,
      model_id text collate "C" not null,
      connection_state text collate "C" not null check (connection_state in ('Connected', 'Disconnected')),
      connection_state_updated_time text collate "C" not null,
      last_activity_time text collate "C" not null,
      connection_id text collate "C",
      check (authentication_type <> 'sas' or (primary_key is not null and secondary_key is not null))
    );

    create index connected_devices
    on devices (device_id)
    where connection_state = 'Connected';

    create index disabled_devices
    on devices (device_id)
    where status = 'disabled';

    create table modules (
      device_id text collate "C" not null references devices (device_id) on delete cascade,
      module_id text collate "C" not null,
      generation_id text collate "C" not null,
      etag text collate "C" not null,
      managed_by text collate "C",
      authentication_type text collate "C" not null check (authentication_type in ('sas', 'selfSigned', 'certificateAuthority', 'none')),
      primary_key text collate "C",
      secondary_key text collate "C",
      primary_thumbprint text collate "C",
      secondary_thumbprint text collate "C",
      model_id text collate "C" not null,
      connection_state text collate "C" not null check (connection_state in ('Connected', 'Disconnected')),
      connection_state_updated_time text collate "C" not null,
      last_activity_time text collate "C" not null,
      connection_id text collate "C",
      primary key (device_id, module_id),
      check (authentication_type <> 'sas' or (primary_key is not null and secondary_key is not null))
    );

    create index connected_modules
    on modules (device_id, module_id)
    where connection_state = 'Connected';

    create table twins (
      device_id text collate "C" not null references devices (device_id) on delete cascade,
      module_id text collate "C" not null,
      etag_counter bigint not null,
      version bigint not null,
      tags jsonb not null,
      desired jsonb not null,
      desired_metadata jsonb not null,
      desired_version bigint not null,
      reported jsonb not null,
      reported_metadata jsonb not null,
      reported_version bigint not null,
      primary key (device_id, module_id)
    );

    create table subscriptions (
      device_id text collate "C" not null references devices (device_id) on delete cascade,
      module_id text collate "C" not null,
      subscriptions text collate "C" not null,
      primary key (device_id, module_id)
    );

    create table policies (
      name text collate "C" not null primary key,
      primary_key text collate "C" not null,
      secondary_key text collate "C" not null,
      permissions text collate "C" not null
    );

    create table ca_certificates (
      name text collate "C" not null primary key,
      etag text collate "C" not null,
      certificate text collate "C" not null,
      subject text collate "C" not null,
      thumbprint text collate "C" not null,
      expiry_time text collate "C" not null,
      is_verified boolean not null,
      verification_code text collate "C",
      created_time text collate "C" not null,
      updated_time text collate "C" not null
    );

    create table changes (
      device_id text collate "C" not null,
      module_id text collate "C" not null,
      sequence bigint not null generated always as identity,
      at text collate "C" not null,
      kind text collate "C" not null,
      sections text collate "C" not null,
      primary key (sequence, device_id)
    );

    create table audit (
      sequence bigint not null generated always as identity primary key,
      at text collate "C" not null,
      action text collate "C" not null,
      target text collate "C" not null,
      policy text collate "C",
      source text collate "C",
      before text collate "C",
      after text collate "C",
      detail text collate "C"
    );

    create index audit_by_target
    on audit (target, sequence);

    create function refuse_audit_update() returns trigger
    language plpgsql
    as $$
    begin
      raise exception 'entries of the audit are never changed';
    end;
    $$;

    create trigger audit_entries_stay_as_they_are
    before update on audit
    for each statement
    execute function refuse_audit_update();

    create table jobs (
      job_key bigint not null generated always as identity primary key,
      job_id text collate "C" not null unique,
      kind text collate "C" not null check (kind in ('method', 'twinPatch')),
      work text collate "C" not null,
      condition text collate "C" not null,
      created_time text collate "C" not null,
      start_time text collate "C" not null,
      max_execution_seconds integer not null,
      status text collate "C" not null check (status in ('queued', 'scheduled', 'running', 'completed', 'failed', 'cancelled')),
      expanded_to text collate "C",
      sealed boolean not null,
      end_time text collate "C",
      failure_reason text collate "C",
      lease_owner text collate "C",
      lease_until text collate "C"
    );

    create index jobs_by_creation
    on jobs (created_time desc, job_id);

    create index jobs_by_start
    on jobs (start_time)
    where end_time is null;

    create index jobs_by_end
    on jobs (end_time)
    where end_time is not null;

    create table removed_jobs (
      job_key bigint not null primary key
    );

    create table job_devices (
      device_id text collate "C" not null,
      job_key bigint not null,
      status text collate "C" not null check (status in ('pending', 'waiting', 'running', 'completed', 'failed', 'canceled')),
      created_time text collate "C" not null,
      last_updated_time text collate "C" not null,
      start_time text collate "C",
      end_time text collate "C",
      answer jsonb,
      error_code text collate "C",
      error_description text collate "C",
      primary key (device_id, job_key)
    );

    create index job_devices_by_status
    on job_devices (job_key, status, device_id);
  `,
};
