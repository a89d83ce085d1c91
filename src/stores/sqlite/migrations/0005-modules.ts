// Schema version 5: modules, other ways to sign in than with keys, and what marks devices of IoT Edge.

/**
 * Twins and kept subscriptions are those of a device where `module_id` is empty. They go with their device by a foreign key, and with their
 * module by the statement that deletes it. Tables are made anew where a key or a constraint changes: children before the parents they
 * refer to, since to drop a parent would delete its children. The sequence of changes goes on where it was.
 */
export const modules = {
  version: 5,
  script: `
    create table new_devices (
      device_id text not null primary key,
      generation_id text not null,
      etag text not null,
      status text not null check (status in ('enabled', 'disabled')),
      status_reason text,
      status_updated_time text not null,
      authentication_type text not null check (authentication_type in ('sas', 'selfSigned', 'certificateAuthority', 'none')),
      primary_key text,
      secondary_key text,
      primary_thumbprint text,
      secondary_thumbprint text,
      iot_edge integer not null check (iot_edge in (0, 1)),
      device_scope text,
      parent_scopes text not null,
      model_id text not null,
      connection_state text not null check (connection_state in ('Connected', 'Disconnected')),
      connection_state_updated_time text not null,
      last_activity_time text not null,
      connection_id text,
      check (authentication_type <> 'sas' or (primary_key is not null and secondary_key is not null))
    ) strict;

    insert into new_devices (
      device_id, generation_id, etag, status, status_reason, status_updated_time, authentication_type, primary_key, secondary_key,
      iot_edge, parent_scopes, model_id, connection_state, connection_state_updated_time, last_activity_time, connection_id
    )
    select
      device_id, generation_id, etag, status, status_reason, status_updated_time, 'sas', primary_key, secondary_key,
      0, '[]', '', connection_state, connection_state_updated_time, last_activity_time, connection_id
    from devices
    order by device_id;

    create table new_twins (
      device_id text not null references new_devices (device_id) on delete cascade,
      module_id text not null,
      etag_counter integer not null,
      version integer not null,
      tags blob not null,
      desired blob not null,
      desired_metadata blob not null,
      desired_version integer not null,
      reported blob not null,
      reported_metadata blob not null,
      reported_version integer not null,
      primary key (device_id, module_id)
    ) strict;

    insert into new_twins
    select
      device_id, '', etag_counter, version, tags, desired, desired_metadata, desired_version, reported, reported_metadata, reported_version
    from twins
    order by device_id;

    create table new_subscriptions (
      device_id text not null references new_devices (device_id) on delete cascade,
      module_id text not null,
      subscriptions text not null,
      primary key (device_id, module_id)
    ) strict, without rowid;

    insert into new_subscriptions
    select device_id, '', subscriptions
    from subscriptions;

    drop table subscriptions;
    drop table twins;
    drop table devices;
    alter table new_devices rename to devices;
    alter table new_twins rename to twins;
    alter table new_subscriptions rename to subscriptions;

    create index connected_devices
    on devices (device_id)
    where connection_state = 'Connected';

    create index disabled_devices
    on devices (device_id)
    where status = 'disabled';

    create table modules (
      device_id text not null references devices (device_id) on delete cascade,
      module_id text not null,
      generation_id text not null,
      etag text not null,
      managed_by text,
      authentication_type text not null check (authentication_type in ('sas', 'selfSigned', 'certificateAuthority', 'none')),
      primary_key text,
      secondary_key text,
      primary_thumbprint text,
      secondary_thumbprint text,
      model_id text not null,
      connection_state text not null check (connection_state in ('Connected', 'Disconnected')),
      connection_state_updated_time text not null,
      last_activity_time text not null,
      connection_id text,
      primary key (device_id, module_id),
      check (authentication_type <> 'sas' or (primary_key is not null and secondary_key is not null))
    ) strict, without rowid;

    create index connected_modules
    on modules (device_id, module_id)
    where connection_state = 'Connected';

    create table new_changes (
      sequence integer primary key autoincrement,
      at text not null,
      kind text not null,
      device_id text not null,
      module_id text not null,
      sections text not null
    ) strict;

    insert into new_changes
    select sequence, at, kind, device_id, '', sections
    from changes
    order by sequence;

    delete from sqlite_sequence
    where name = 'new_changes';

    insert into sqlite_sequence (name, seq)
    select 'new_changes', seq
    from sqlite_sequence
    where name = 'changes';

    drop table changes;
    alter table new_changes rename to changes;
  `,
};
