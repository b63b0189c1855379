import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { queryOf, readWanted } from '../alerts/inbox-address.js';
import { ROWS } from '../alerts/use-inbox.js';
import { answered, api } from '../api/client.js';
import { useSettings } from '../frame/settings.js';

export interface Neighbours {
  /** Address of the list that the alert was opened from, with this alert selected. */
  readonly back: string;
  readonly previous: string | null;
  readonly next: string | null;
  /** Place in that part of the list, from 1; null: not in it, or not opened from a list. */
  readonly place: number | null;
  readonly of: number;
}

/** The alerts before and after this one in the list that it was opened from (`from` holds that list's address). */
export function useNeighbours(alertId: string): Neighbours {
  const { language } = useSettings();
  const [address] = useSearchParams();
  const from = address.get('from');
  const wanted = readWanted(new URLSearchParams(from ?? ''));
  const list = useQuery({
    queryKey: ['alerts', language, wanted],
    enabled: from !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      answered(api.GET('/v1/alerts', { params: { query: queryOf(wanted, ROWS) } as never })),
  });
  const rows = list.data?.items ?? [];
  const at = rows.findIndex((row) => row.alertId === alertId);
  const linkOf = (index: number) => {
    const row = at === -1 ? undefined : rows[index];
    if (row === undefined) return null;
    return `/alerts/${row.alertId}?from=${encodeURIComponent(from ?? '')}`;
  };
  const back = new URLSearchParams(from ?? '');
  back.set('row', alertId);
  back.delete('peek');
  return {
    back: `/alerts?${back}`,
    previous: linkOf(at - 1),
    next: linkOf(at + 1),
    place: at === -1 ? null : at + 1,
    of: rows.length,
  };
}
