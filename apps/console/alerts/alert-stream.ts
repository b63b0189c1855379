import { useSyncExternalStore } from 'react';

/** What one change of an alert says on the stream. */
export interface AlertSaid {
  readonly alertId: string;
  readonly kind: string;
  readonly level: string;
  readonly state: string;
}

export interface StreamState {
  readonly line: 'connecting' | 'live' | 'lost';
  /** When the line last said anything, by the reader's clock; null: never. */
  readonly heardAt: number | null;
}

const KINDS = [
  'raised',
  'held',
  'released',
  'grouped',
  'silenced',
  'level-raised',
  'level-lowered',
  'revised',
  'ended',
  'retracted',
] as const;

let state: StreamState = { line: 'connecting', heardAt: null };
const watchers = new Set<() => void>();
const listeners = new Set<(said: AlertSaid) => void>();
let source: EventSource | null = null;

function become(next: StreamState): void {
  state = next;
  for (const tell of watchers) tell();
}

/** One line for all pages. The browser comes back by itself and says where it was (Last-Event-ID). */
function open(): void {
  if (source !== null) return;
  source = new EventSource('/v1/alerts/stream');
  source.onopen = () => become({ line: 'live', heardAt: Date.now() });
  source.onerror = () => {
    become({ ...state, line: 'lost' });
    // Refused for good: the browser does not try again, so we do.
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(open, 5_000);
    }
  };
  for (const kind of KINDS)
    source.addEventListener(`alert.${kind}`, (event) => {
      become({ line: 'live', heardAt: Date.now() });
      const said = JSON.parse((event as MessageEvent<string>).data) as AlertSaid;
      for (const tell of listeners) tell(said);
    });
}

export function onAlertSaid(tell: (said: AlertSaid) => void): () => void {
  open();
  listeners.add(tell);
  return () => listeners.delete(tell);
}

export function useStreamState(): StreamState {
  return useSyncExternalStore(
    (tell) => {
      open();
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => state,
  );
}
