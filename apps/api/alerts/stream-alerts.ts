import type { ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { firstValueFrom, fromEvent, map, merge, type Observable, race, take, timer } from 'rxjs';
import { type FeedEvent, readFeed } from '#store/alert-feed.js';

export interface StreamTiming {
  /** A comment at least this often, so that both ends notice a broken line. */
  readonly heartbeatMs: number;
  /** How often the feed is looked at without a signal. */
  readonly pollMs: number;
  /** A reader that takes nothing for so long is let go; it resumes by Last-Event-ID. */
  readonly drainMs: number;
}

export const STREAM_TIMING: StreamTiming = { heartbeatMs: 15_000, pollMs: 5_000, drainMs: 30_000 };

/** Events held in memory for one reader, at most. */
const PAGE = 100;
/** How soon to look again where events wait behind a transaction that is still open. */
const WAITING_MS = 100;

export type StreamEnd = 'closed' | 'slow';

/** What an open stream reads from and when it stops. */
export interface StreamSource {
  readonly pool: Pool;
  /** Emits when the feed has something new. */
  readonly changed$: Observable<void>;
  /** Emits or completes when the server stops. */
  readonly stopped$: Observable<unknown>;
}

function frameOf(event: FeedEvent): string {
  const { cursor, at, ...rest } = event;
  const data = JSON.stringify({ ...rest, at: new Date(at).toISOString() });
  return `id: ${cursor}\nevent: alert.${event.kind}\ndata: ${data}\n\n`;
}

/**
 * Writes alert events after `cursor` to a response until its reader leaves or the server stops. The next page is read
 * only once the reader has taken the one before, so a slow reader costs one page of memory and never loses an event.
 * Rejects where the database fails: the reader then comes back with the last id that it saw.
 */
export async function streamAlerts(
  response: ServerResponse,
  cursor: string,
  source: StreamSource,
  timing: StreamTiming = STREAM_TIMING,
): Promise<StreamEnd> {
  const gone$ = merge(fromEvent(response, 'close'), source.stopped$).pipe(
    map(() => 'gone' as const),
  );
  let place = cursor;
  let beat = Date.now();
  let isGone = false;
  let isNew = false;
  const watching = gone$.pipe(take(1)).subscribe(() => {
    isGone = true;
  });
  // A signal that comes while a page is read or written must not be slept through.
  watching.add(
    source.changed$.subscribe(() => {
      isNew = true;
    }),
  );
  try {
    // An id without data moves the reader's Last-Event-ID to where it began, before anything happens.
    response.write(`retry: 3000\nid: ${place}\n: connected\n\n`);
    while (!isGone) {
      isNew = false;
      const page = await readFeed(source.pool, place, PAGE);
      place = page.cursor;
      const text = page.events.map(frameOf).join('');
      if (text !== '') {
        beat = Date.now();
        if (!(await taken(response, text, timing.drainMs))) return isGone ? 'closed' : 'slow';
        if (page.events.length === PAGE) continue;
      } else if (Date.now() - beat >= timing.heartbeatMs) {
        beat = Date.now();
        if (!(await taken(response, ': heartbeat\n\n', timing.drainMs)))
          return isGone ? 'closed' : 'slow';
      }
      if (isGone || isNew) continue;
      const wait = page.waiting ? WAITING_MS : Math.min(timing.pollMs, timing.heartbeatMs);
      await firstValueFrom(race(source.changed$, gone$, timer(wait)), { defaultValue: null });
    }
    return 'closed';
  } finally {
    watching.unsubscribe();
  }
}

/** Writes and waits until the reader has room again; false where it took nothing in time or left. */
async function taken(response: ServerResponse, text: string, drainMs: number): Promise<boolean> {
  if (response.destroyed || response.writableEnded) return false;
  if (response.write(text)) return true;
  const outcome$ = race(
    fromEvent(response, 'drain').pipe(map(() => true)),
    fromEvent(response, 'close').pipe(map(() => false)),
    timer(drainMs).pipe(map(() => false)),
  );
  return firstValueFrom(outcome$);
}
