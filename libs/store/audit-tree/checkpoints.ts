import type { Queryable } from './tiles.js';

/** A signed state of the tree. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly root: Buffer;
  /** Signed note (C2SP tlog-checkpoint), with the lines of log and witnesses. */
  readonly note: string;
  readonly signedAt: Date;
  /** Whether as many witnesses as were demanded have cosigned it. */
  readonly complete: boolean;
  readonly timestampToken: Buffer | null;
}

const COLUMNS =
  'size, root, note, signed_at as "signedAt", complete, timestamp_token as "timestampToken"';

interface Row extends Omit<StoredCheckpoint, 'size'> {
  readonly size: string;
}

const checkpointOf = (row: Row | undefined): StoredCheckpoint | null =>
  row === undefined ? null : { ...row, size: Number(row.size) };

/** The largest checkpoint; with `complete`, the largest that enough witnesses have cosigned. Null where there is none. */
export async function readLatestCheckpoint(
  client: Queryable,
  { complete }: { readonly complete: boolean },
): Promise<StoredCheckpoint | null> {
  const { rows } = await client.query<Row>(
    `select ${COLUMNS} from audit_checkpoint where ${complete ? 'complete' : 'true'} order by size desc limit 1`,
  );
  return checkpointOf(rows[0]);
}

/** The smallest complete checkpoint of at least `size` leaves, which therefore covers the leaves below `size`; or null. */
export async function readCoveringCheckpoint(
  client: Queryable,
  size: number,
): Promise<StoredCheckpoint | null> {
  const { rows } = await client.query<Row>(
    `select ${COLUMNS} from audit_checkpoint where complete and size >= $1 order by size limit 1`,
    [size],
  );
  return checkpointOf(rows[0]);
}

/** The checkpoint of exactly this size, or null. */
export async function readCheckpoint(
  client: Queryable,
  size: number,
): Promise<StoredCheckpoint | null> {
  const { rows } = await client.query<Row>(
    `select ${COLUMNS} from audit_checkpoint where size = $1`,
    [size],
  );
  return checkpointOf(rows[0]);
}

/**
 * Stores a checkpoint. Of a size that is there already, the note takes the place of the stored one if it only adds signature
 * lines to it; otherwise the database refuses. A complete one stays as it is.
 */
export async function saveCheckpoint(
  client: Queryable,
  checkpoint: Pick<StoredCheckpoint, 'size' | 'root' | 'note' | 'complete'>,
): Promise<void> {
  const { size, root, note, complete } = checkpoint;
  await client.query({
    name: 'save-checkpoint',
    text: `insert into audit_checkpoint (size, root, note, signed_at, complete) values ($1, $2, $3, clock_timestamp(), $4)
     on conflict (size) do update set note = excluded.note, complete = excluded.complete
     where not audit_checkpoint.complete and audit_checkpoint.note <> excluded.note`,
    values: [size, root, note, complete],
  });
}

/** Keeps the reply of a timestamp authority (RFC 3161) with its checkpoint; the first one stays. */
export async function saveTimestamp(client: Queryable, size: number, token: Buffer): Promise<void> {
  await client.query(
    'update audit_checkpoint set timestamp_token = $2 where size = $1 and timestamp_token is null',
    [size, token],
  );
}

/** When a checkpoint was last timestamped, by its time of signing; null where none was. */
export async function lastTimestamped(client: Queryable): Promise<Date | null> {
  const { rows } = await client.query<{ at: Date | null }>(
    'select max(signed_at) as at from audit_checkpoint where timestamp_token is not null',
  );
  return rows[0]?.at ?? null;
}
