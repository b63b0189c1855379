import type { Instant } from '#core/event/event.js';

/** One page of a list and where the next one begins; null: nothing follows. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Place in a list ordered by (instant, id): a row's own key, so that pages stay right while rows are added. */
export interface Place {
  readonly at: Instant;
  readonly id: string;
}

export function writeCursor(place: Place): string {
  return Buffer.from(`${place.at} ${place.id}`, 'utf8').toString('base64url');
}

/** Throws RangeError on anything that writeCursor did not make. */
export function readCursor(cursor: string): Place {
  const match = /^(-?\d{1,16}) (.+)$/su.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match === null) {
    throw new RangeError(`"${cursor}" is not a cursor of this list. Start without one.`);
  }
  return { at: Number(match[1]), id: match[2] as string };
}

/** Cuts a list fetched with limit + 1 rows into a page. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  read: { readonly place: (row: Row) => Place; readonly item: (row: Row) => T },
): Page<T> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.map(read.item),
    next: rows.length > limit && last !== undefined ? writeCursor(read.place(last)) : null,
  };
}
