// Schema version 3: the audit.

/** Entries are written by the transactions that they tell of, and never changed. Old ones are removed from the front. */
export const audit = {
  version: 3,
  script: `
    create table audit (
      sequence integer primary key autoincrement,
      at text not null,
      action text not null,
      target text not null,
      policy text,
      source text,
      before text,
      after text,
      detail text
    ) strict;

    create index audit_by_target
    on audit (target, sequence);

    create trigger audit_entries_stay_as_they_are
    before update on audit
    begin
      select raise(abort, 'entries of the audit are never changed');
    end;
  `,
};
