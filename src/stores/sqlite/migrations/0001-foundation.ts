// Schema version 1: identities, twins, kept subscriptions, policies and the change feed.

/**
 * Text compares by its UTF-8 bytes, which is code-point order. Times are ISO-8601 UTC. The sections of a twin are JSONB columns of their own,
 * so that a change converts only the sections it touches. Changes outlive their device.
 */
export const foundation = {
  version: 1,
  script: `
    create table devices (
      device_id text not null primary key,
      generation_id text not null,
      etag text not null,
      status text not null check (status in ('enabled', 'disabled')),
      status_reason text,
      status_updated_time text not null,
      primary_key text not null,
      secondary_key text not null,
      connection_state text not null check (connection_state in ('Connected', 'Disconnected')),
      connection_state_updated_time text not null,
      last_activity_time text not null,
      connection_id text
    ) strict;

    create index connected_devices
    on devices (device_id)
    where connection_state = 'Connected';

    create table twins (
      device_id text not null primary key references devices (device_id) on delete cascade,
      etag_counter integer not null,
      version integer not null,
      tags blob not null,
      desired blob not null,
      desired_metadata blob not null,
      desired_version integer not null,
      reported blob not null,
      reported_metadata blob not null,
      reported_version integer not null
    ) strict;

    create table subscriptions (
      device_id text not null primary key references devices (device_id) on delete cascade,
      subscriptions text not null
    ) strict, without rowid;

    create table policies (
      name text not null primary key,
      primary_key text not null,
      secondary_key text not null,
      permissions text not null
    ) strict, without rowid;

    create table changes (
      sequence integer primary key autoincrement,
      at text not null,
      kind text not null check (kind in ('deviceCreated', 'deviceUpdated', 'deviceDeleted', 'twinUpdated')),
      device_id text not null,
      sections text not null
    ) strict;
  `,
};
