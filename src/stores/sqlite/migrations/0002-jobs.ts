// Schema version 2: jobs and the records of their devices.

/**
 * Records name their job by a number, which takes less room than its id and is never used again. They outlive their device. A job that is
 * removed goes at once, its records after it: `removed_jobs` says whose are still there.
 */
export const jobs = {
  version: 2,
  script: `
    create table jobs (
      job_key integer primary key autoincrement,
      job_id text not null unique,
      kind text not null check (kind in ('method', 'twinPatch')),
      work text not null,
      condition text not null,
      created_time text not null,
      start_time text not null,
      max_execution_seconds integer not null,
      status text not null check (status in ('queued', 'scheduled', 'running', 'completed', 'failed', 'cancelled')),
      expanded_to text,
      sealed integer not null check (sealed in (0, 1)),
      end_time text,
      failure_reason text,
      lease_owner text,
      lease_until text
    ) strict;

    create index jobs_by_creation
    on jobs (created_time desc, job_id);

    create index jobs_by_start
    on jobs (start_time)
    where end_time is null;

    create index jobs_by_end
    on jobs (end_time)
    where end_time is not null;

    create table removed_jobs (
      job_key integer primary key
    ) strict;

    create table job_devices (
      job_key integer not null,
      device_id text not null,
      status text not null check (status in ('pending', 'waiting', 'running', 'completed', 'failed', 'canceled')),
      created_time text not null,
      last_updated_time text not null,
      start_time text,
      end_time text,
      answer blob,
      error_code text,
      error_description text,
      primary key (job_key, device_id)
    ) strict, without rowid;

    create index job_devices_by_status
    on job_devices (job_key, status, device_id);

    create index waiting_job_devices
    on job_devices (device_id, job_key)
    where status = 'waiting';
  `,
};
