import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from 'pg';
import { parseCheckpoint } from '#core/audit/note/checkpoint.js';
import { parseNote } from '#core/audit/note/signed-note.js';
import type { Writer } from '#store/writer.js';
import { ExportError } from '../request/export-error.js';
import { type ExportRequest, entityOfRequest } from '../request/export-request.js';
import { holdCases } from '../request/hold-cases.js';
import { changeRequest, type Doing } from '../request/save-export.js';

/** The signed state of the trail that a bundle speaks of. */
export interface Pin {
  /** Size of the checkpoint to which every proof leads. */
  readonly treeSize: number;
  /** Records of the scope lie below this size: the index of entity chains was committed as of it. */
  readonly indexSize: number;
  /** The signed checkpoint, as it was when it was first pinned; later cosignatures change no bundle. */
  readonly note: string;
  readonly origin: string;
  readonly root: Uint8Array;
}

const POLL_MS = 200;

function pinFrom(treeSize: number, indexSize: number, note: string): Pin {
  const { origin, root } = parseCheckpoint(parseNote(note).text);
  return { treeSize, indexSize, note, origin, root };
}

async function standingPin(pool: Pool, treeSize: number): Promise<Pin> {
  const { rows } = await pool.query<{ index_size: string; note: string }>(
    'select index_size, note from export_pin where tree_size = $1',
    [treeSize],
  );
  const row = rows[0] as { index_size: string; note: string };
  return pinFrom(treeSize, Number(row.index_size), row.note);
}

/** Place of the approval's record in the tree; null while it has none. */
async function approvedAt(pool: Pool, requestNo: string): Promise<number | null> {
  const { rows } = await pool.query<{ leaf_index: string }>(
    `select l.leaf_index from audit_record r join audit_leaf l on l.record_no = r.record_no
     where r.entity = $1 and r.action = 'export.approved'`,
    [entityOfRequest(requestNo)],
  );
  return rows[0] === undefined ? null : Number(rows[0].leaf_index);
}

/**
 * A size that cuts no transaction in two: its records have places one behind the other. A finding and its alert are of one
 * transaction, and the receiver of a bundle looks for the alert of each finding.
 */
const isWhole = (size: string): string => `not exists (
  select from audit_leaf b join audit_leaf a on a.leaf_index = b.leaf_index + 1 and a.xid = b.xid
  where b.leaf_index = ${size} - 1)`;

/** The first state that covers the approval: one pinned before, so that requests of one scope give the same bytes; else a new one. */
async function pinCovering(pool: Pool, approval: number): Promise<number | null> {
  const { rows: pinned } = await pool.query<{ tree_size: string }>(
    `select tree_size from export_pin where index_size > $1 and ${isWhole('index_size')} order by tree_size limit 1`,
    [approval],
  );
  if (pinned[0] !== undefined) return Number(pinned[0].tree_size);
  const { rows } = await pool.query<{ tree_size: string }>(
    `with i as (
       select i.size as index_size, l.leaf_index from audit_index i join audit_leaf l on l.record_no = i.record_no
       where i.size > $1 and ${isWhole('i.size')} order by i.size limit 1),
     made as (
       insert into export_pin (tree_size, index_size, note)
       select c.size, i.index_size, c.note from i join audit_checkpoint c on c.size > i.leaf_index and c.complete
       order by c.size limit 1
       on conflict do nothing returning tree_size)
     select tree_size from made`,
    [approval],
  );
  return rows[0] === undefined ? null : Number(rows[0].tree_size);
}

async function hasIndex(pool: Pool, approval: number): Promise<boolean> {
  const { rows } = await pool.query(
    `select from audit_index where size > $1 and ${isWhole('size')} limit 1`,
    [approval],
  );
  return rows.length > 0;
}

/**
 * The state that the request's bundles speak of: pinned by the first build and recorded, the same for every later one.
 * Asks for a commitment of the index of entity chains and waits until a checkpoint with enough witnesses covers it.
 * Of several first builds at once one pins it and the others take that. Throws ExportError where none does within `seconds`.
 */
export async function pinRequest(
  writer: Writer,
  request: ExportRequest,
  doing: Doing,
  seconds: number,
): Promise<Pin> {
  const { pool } = writer;
  if (request.treeSize !== null) return standingPin(pool, request.treeSize);
  const until = performance.now() + seconds * 1000;
  let asked = false;
  for (;;) {
    const approval = await approvedAt(pool, request.requestNo);
    const treeSize = approval === null ? null : await pinCovering(pool, approval);
    if (treeSize !== null) {
      const pin = await standingPin(pool, treeSize);
      const standing = await changeRequest(
        writer,
        request.requestNo,
        {
          kind: 'pinned',
          row: { treeSize },
          // Another build of this request may have been first, with a state of its own.
          isDone: (found) => found.treeSize !== null,
          detail: async (_standing, client) => {
            await holdCases(client, request, pin.indexSize);
            return {
              treeSize,
              indexSize: pin.indexSize,
              root: Buffer.from(pin.root).toString('hex'),
            };
          },
        },
        doing,
      );
      return standing.treeSize === treeSize || standing.treeSize === null
        ? pin
        : standingPin(pool, standing.treeSize);
    }
    const indexed = approval !== null && (await hasIndex(pool, approval));
    if (!asked && approval !== null && !indexed) {
      await pool.query('insert into audit_index_request (requested_by) values ($1)', [
        entityOfRequest(request.requestNo),
      ]);
      asked = true;
    }
    if (performance.now() > until)
      throw new ExportError(approval === null || indexed ? 'no-checkpoint' : 'no-index', {
        seconds,
      });
    await wait(POLL_MS);
  }
}
