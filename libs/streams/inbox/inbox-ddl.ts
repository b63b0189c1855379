/**
 * The tables of the Postgres inbox. A writer holds the rows of `inbox_partition` that it writes to
 * from the first offset it takes until commit; so offsets have no gaps, become visible in ascending
 * order, and appended_at never goes back: a reader that has seen offset n has seen all before it.
 *
 * Writers need select and update on inbox_partition and insert on inbox_record; readers select on
 * both and update on inbox_partition, whose rows they lock for share.
 */
export const inboxDdl = `
create table inbox_partition (
  topic            text    not null,
  "partition"      integer not null check ("partition" >= 0),
  next_offset      bigint  not null default 0,
  last_appended_at bigint  not null default 0,
  primary key (topic, "partition")
) with (fillfactor = 50);

create table inbox_record (
  topic       text    not null,
  "partition" integer not null,
  "offset"    bigint  not null,
  key         text,
  headers     jsonb   not null default '{}'::jsonb,
  value       bytea,
  appended_at bigint  not null,
  primary key (topic, "partition", "offset")
);

comment on column inbox_record.appended_at is
  'ms since 1970 UTC by the clock of the database, taken while the partition was locked';
`;

/** Channel of NOTIFY; the payload is topic/partition. */
export const INBOX_CHANNEL = 'mingcha_inbox';
