// Schema version 3: indexes on paths of twins.

/**
 * The entries of an index are in a table of its own, `twin_index_<index_id>`, which triggers keep right; PostgreSQL's own index on an expression would be
 * written by each change of the section, also where the value stays. An index that is built has taken up the twins up to `built_device` and `built_module`. A dropped one stays until its
 * entries are gone, which searches that began before may still read.
 *
 * The names of a path are quoted by the server. A seq scan is never right for a trigger, but looks so while a table is small, and plans are kept.
 */
export const twinIndexes = {
  version: 3,
  script: `
    create table twin_indexes (
      index_id bigint not null generated always as identity primary key,
      collection text collate "C" not null check (collection in ('devices', 'devices.modules')),
      path text collate "C" not null,
      state text collate "C" not null check (state in ('building', 'ready', 'dropped')),
      created_time text collate "C" not null,
      made_by text collate "C" not null check (made_by in ('person', 'hub')),
      dropped_time text collate "C",
      built_device text collate "C" not null,
      built_module text collate "C" not null,
      built_twins bigint not null,
      built_entries bigint not null,
      built_seconds double precision not null
    );

    create unique index twin_indexes_by_place
    on twin_indexes (collection, path)
    where state <> 'dropped';

    create function twin_index_rank(value jsonb) returns smallint
    language sql immutable parallel safe
    as $$
      select case jsonb_typeof(value)
        when 'null' then 1
        when 'boolean' then 2
        when 'number' then 3
        when 'string' then case when length(value #>> '{}') <= 256 then 4 else 7 end
        when 'object' then 5
        when 'array' then 6
        else 0
      end::smallint
    $$;

    create function twin_index_number(value jsonb) returns double precision
    language sql immutable parallel safe
    as $$
      select case jsonb_typeof(value)
        when 'boolean' then value::boolean::integer::double precision
        when 'number' then value::double precision
        else 0
      end
    $$;

    create function twin_index_text(value jsonb) returns text
    language sql immutable parallel safe
    as $$
      select case when jsonb_typeof(value) = 'string' then left(value #>> '{}', 256) else '' end
    $$;

    create function make_twin_index(index_id bigint, section text, names text[], of_modules boolean) returns void
    language plpgsql
    as $make$
    declare
      entries text := 'twin_index_' || index_id;
      below text := (select string_agg(format(' -> %L', name), '' order by place) from unnest(names) with ordinality as path (name, place));
      collection text := case when of_modules then '<>' else '=' end;
    begin
      execute format('
        create table %1$I (
          rank smallint not null,
          number double precision not null,
          text text collate "C" not null,
          device_id text collate "C" not null,
          module_id text collate "C" not null,
          primary key (rank, number, text, device_id, module_id)
        )', entries);
      execute format('create function %1$I() returns trigger language plpgsql set enable_seqscan = off as %2$L', entries, format('
        declare
          value jsonb;
        begin
          if tg_op <> ''INSERT'' then
            value := old.%2$I%3$s;
            delete from %1$I
            where rank = twin_index_rank(value)
            and number = twin_index_number(value)
            and text = twin_index_text(value)
            and device_id = old.device_id
            and module_id = old.module_id;
          end if;
          if tg_op <> ''DELETE'' then
            value := new.%2$I%3$s;
            insert into %1$I (rank, number, text, device_id, module_id)
            values (twin_index_rank(value), twin_index_number(value), twin_index_text(value), new.device_id, new.module_id)
            on conflict do nothing;
          end if;
          return null;
        end', entries, section, below));
      execute format('
        create trigger %1$I after insert on twins
        for each row when (new.module_id %2$s '''') execute function %3$I()', entries || '_insert', collection, entries);
      execute format('
        create trigger %1$I after update of %4$I on twins
        for each row when (new.module_id %2$s '''' and (new.%4$I%5$s) is distinct from (old.%4$I%5$s))
        execute function %3$I()', entries || '_update', collection, entries, section, below);
      execute format('
        create trigger %1$I after delete on twins
        for each row when (old.module_id %2$s '''') execute function %3$I()', entries || '_delete', collection, entries);
    end;
    $make$;

    create function remove_twin_index_triggers(index_id bigint) returns boolean
    language plpgsql
    as $$
    declare
      entries text := 'twin_index_' || index_id;
    begin
      -- Everybody else waits for as long as this waits for searches under way.
      perform set_config('lock_timeout', '100ms', true);
      lock table twins in access exclusive mode;
      execute format('drop trigger %I on twins', entries || '_insert');
      execute format('drop trigger %I on twins', entries || '_update');
      execute format('drop trigger %I on twins', entries || '_delete');
      execute format('drop function %I()', entries);
      return true;
    exception
      when lock_not_available then
        return false;
    end;
    $$;
  `,
};
