import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { answered, api, type Schemas } from '../api/client.js';
import { useSettings } from '../frame/settings.js';
import { type AlertSaid, onAlertSaid } from './alert-stream.js';
import { queryOf, type Wanted } from './inbox-address.js';

export const ROWS = 50;

type AlertPage = Schemas['AlertPageDto'];
export type AlertRow = Schemas['AlertDto'];

/** Changes by which an alert that was not there, or not yet told, appears. */
const NEW = new Set(['raised', 'released', 'held']);
const GATHER_MS = 800;
const NONE: ReadonlySet<string> = new Set();

/**
 * The list as it was asked for. What happens meanwhile never moves a row: alerts that are shown are brought up to date
 * where they stand, and those that are new are counted until they are asked for.
 */
export function useInbox(wanted: Wanted) {
  const { language } = useSettings();
  const queries = useQueryClient();
  const key = useMemo(() => ['alerts', language, wanted] as const, [language, wanted]);
  const list = useQuery({
    queryKey: key,
    queryFn: () =>
      answered(api.GET('/v1/alerts', { params: { query: queryOf(wanted, ROWS) } as never })),
    placeholderData: keepPreviousData,
    // Asked anew when the page or another list is opened, never while it is read.
    staleTime: 0,
    refetchOnReconnect: false,
  });
  const [fresh, setFresh] = useState(0);
  const [moved, setMoved] = useState<ReadonlySet<string>>(NONE);
  const shown = useRef<ReadonlySet<string>>(NONE);
  shown.current = new Set(list.data?.items.map(({ alertId }) => alertId));
  useEffect(() => {
    setFresh(0);
    setMoved(NONE);
    const waiting = new Map<string, AlertSaid>();
    let timer: ReturnType<typeof setTimeout> | null = null;
    const bringUp = async () => {
      timer = null;
      const said = [...waiting.values()];
      waiting.clear();
      const isShown = ({ alertId }: AlertSaid) => shown.current.has(alertId);
      if (said.some((one) => !isShown(one) && NEW.has(one.kind)))
        setFresh(await countNew(wanted, shown.current));
      const now = await upToDate(said.filter(isShown).map(({ alertId }) => alertId));
      if (now.size === 0) return;
      queries.setQueryData<AlertPage>(key, (page) =>
        page === undefined
          ? page
          : { ...page, items: page.items.map((one) => now.get(one.alertId) ?? one) },
      );
      setMoved((known) => new Set([...known, ...now.keys()]));
    };
    const stop = onAlertSaid((said) => {
      waiting.set(said.alertId, said);
      timer ??= setTimeout(() => void bringUp(), GATHER_MS);
    });
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [queries, key, wanted]);
  return {
    list,
    /** Alerts of this very list that are not shown; at most as many as it shows. */
    fresh,
    moved,
    /** Asks anew, with what is new. */
    load: () => {
      setFresh(0);
      setMoved(NONE);
      void list.refetch();
    },
  };
}

/** How many alerts the first page of a list would show that are not shown. */
async function countNew(wanted: Wanted, shown: ReadonlySet<string>): Promise<number> {
  const query = queryOf({ ...wanted, cursor: '' }, ROWS);
  const asked = api.GET('/v1/alerts', { params: { query } as never });
  const page = await answered(asked).catch(() => null);
  return (page?.items ?? []).filter(({ alertId }) => !shown.has(alertId)).length;
}

/** Alerts as they stand now; one that cannot be had keeps its place as it was. */
async function upToDate(alertIds: readonly string[]): Promise<ReadonlyMap<string, AlertRow>> {
  const now = new Map<string, AlertRow>();
  for (const alertId of alertIds) {
    const asked = api.GET('/v1/alerts/{alertId}', { params: { path: { alertId } } });
    const detail = await answered(asked).catch(() => null);
    if (detail !== null) now.set(alertId, detail.alert);
  }
  return now;
}
