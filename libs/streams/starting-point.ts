import type { OffsetRange } from './event-log.js';

export type StartingPoint =
  | { readonly kind: 'read'; readonly readFrom: bigint; readonly missing: OffsetRange | null }
  | { readonly kind: 'beyond-end'; readonly position: bigint; readonly end: bigint };

/**
 * Where to read on, from the saved position and the offsets that the log still keeps (`first`
 * inclusive, `end` exclusive). A position before `first` means that retention deleted records
 * unread; one after `end` means that the log lost records or was made anew, and reading on would
 * skip whatever takes those offsets next.
 */
export function startingPoint(
  position: bigint | null,
  log: { readonly first: bigint; readonly end: bigint },
): StartingPoint {
  if (position === null) return { kind: 'read', readFrom: log.first, missing: null };
  if (position > log.end) return { kind: 'beyond-end', position, end: log.end };
  if (position < log.first) {
    return { kind: 'read', readFrom: log.first, missing: { from: position, to: log.first } };
  }
  return { kind: 'read', readFrom: position, missing: null };
}
