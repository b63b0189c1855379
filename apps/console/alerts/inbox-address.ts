import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

/** What the inbox lists, as its address says it; several values are written with commas. */
export interface Wanted {
  readonly level: readonly string[];
  readonly state: readonly string[];
  readonly rule: readonly string[];
  readonly unit: string;
  readonly region: string;
  readonly case: string;
  readonly item: string;
  readonly held: '' | 'true' | 'false';
  readonly since: string;
  readonly until: string;
  readonly sort: '-firstAt' | 'firstAt';
  readonly cursor: string;
}

const LISTS = ['level', 'state', 'rule'] as const;
const TEXTS = ['unit', 'region', 'case', 'item', 'held', 'since', 'until', 'cursor'] as const;
/** What narrows the list; the rest says in which order and which part of it is shown. */
const FILTERS = [...LISTS, ...TEXTS.filter((name) => name !== 'cursor')];

export type Change = Partial<Record<keyof Wanted | 'row' | 'peek', string | readonly string[]>>;

export function readWanted(address: URLSearchParams): Wanted {
  const list = (name: string) => (address.get(name) ?? '').split(',').filter((one) => one !== '');
  const text = (name: string) => address.get(name) ?? '';
  const held = text('held');
  return {
    level: list('level'),
    state: list('state'),
    rule: list('rule'),
    unit: text('unit'),
    region: text('region'),
    case: text('case'),
    item: text('item'),
    held: held === 'true' || held === 'false' ? held : '',
    since: text('since'),
    until: text('until'),
    sort: text('sort') === 'firstAt' ? 'firstAt' : '-firstAt',
    cursor: text('cursor'),
  };
}

/** The query that the API is asked with; what is not wanted is left out. */
export function queryOf(wanted: Wanted, limit: number): Record<string, unknown> {
  const query: Record<string, unknown> = { limit, sort: wanted.sort };
  for (const name of LISTS) if (wanted[name].length > 0) query[name] = wanted[name];
  for (const name of TEXTS) if (wanted[name] !== '') query[name] = wanted[name];
  return query;
}

/** An address with some of it changed. Another filter or order begins at the first page. */
export function changed(address: URLSearchParams, change: Change): URLSearchParams {
  const next = new URLSearchParams(address);
  for (const [name, value] of Object.entries(change)) {
    const text = typeof value === 'string' ? value : (value ?? []).join(',');
    if (text === '') next.delete(name);
    else next.set(name, text);
  }
  const narrows = Object.keys(change).some(
    (name) => name === 'sort' || (FILTERS as readonly string[]).includes(name),
  );
  if (narrows && change.cursor === undefined) next.delete('cursor');
  return next;
}

export interface InboxAddress {
  readonly wanted: Wanted;
  /** Alert of the selected row; empty: none. */
  readonly row: string;
  readonly peek: boolean;
  readonly isFiltered: boolean;
  /** Everything that the address says, for links that come back here. */
  readonly text: string;
  change(change: Change, options?: { readonly replace?: boolean }): void;
  clear(): void;
}

export function useInboxAddress(): InboxAddress {
  const [address, setAddress] = useSearchParams();
  return useMemo(
    () => ({
      wanted: readWanted(address),
      row: address.get('row') ?? '',
      peek: address.get('peek') === '1',
      isFiltered: FILTERS.some((name) => (address.get(name) ?? '') !== ''),
      text: address.toString(),
      change: (change, options) =>
        setAddress((now) => changed(now, change), { replace: options?.replace ?? false }),
      clear: () => setAddress(new URLSearchParams()),
    }),
    [address, setAddress],
  );
}
