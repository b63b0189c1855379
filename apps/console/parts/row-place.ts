import { useRef } from 'react';

export interface RowPlace {
  /** To the next row or the one before; to the first where none is selected. */
  move(by: 1 | -1): void;
  /** The selected row; null where it is not among those shown. */
  selected(): string | null;
}

/**
 * Where the keys have got to in a list, by the rows' ids. Keys are faster than the address, which says the row and
 * follows: two of them before the page is drawn again move two rows.
 */
export function useRowPlace(
  ids: readonly string[],
  row: string,
  onRow: (id: string) => void,
): RowPlace {
  const place = useRef(row);
  place.current = row;
  return {
    move: (by) => {
      const at = ids.indexOf(place.current);
      const to = ids[at === -1 ? 0 : Math.max(0, Math.min(ids.length - 1, at + by))];
      if (to === undefined) return;
      place.current = to;
      onRow(to);
    },
    selected: () => (ids.includes(place.current) ? place.current : null),
  };
}
