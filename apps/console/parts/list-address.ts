import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

/** What a list is narrowed by, its order, place and selected row, as its address says it. */
export interface ListAddress {
  get(name: string): string;
  readonly isFiltered: boolean;
  /** Changes some of it; another filter or order begins at the first page. Empty values are taken out. */
  change(change: Readonly<Record<string, string>>, options?: { readonly replace?: boolean }): void;
  /** Takes out all filters and the place. */
  clear(): void;
}

/** `filters` are the parameters that narrow the list. */
export function useListAddress(filters: readonly string[]): ListAddress {
  const [address, setAddress] = useSearchParams();
  return useMemo(() => {
    const narrows = (name: string) => name === 'sort' || filters.includes(name);
    return {
      get: (name) => address.get(name) ?? '',
      isFiltered: filters.some((name) => (address.get(name) ?? '') !== ''),
      change: (change, options) =>
        setAddress(
          (now) => {
            const next = new URLSearchParams(now);
            if (Object.keys(change).some(narrows)) next.delete('cursor');
            for (const [name, value] of Object.entries(change))
              if (value === '') next.delete(name);
              else next.set(name, value);
            return next;
          },
          { replace: options?.replace ?? false },
        ),
      clear: () =>
        setAddress((now) => {
          const next = new URLSearchParams(now);
          for (const name of [...filters, 'cursor', 'row']) next.delete(name);
          return next;
        }),
    };
  }, [address, setAddress, filters]);
}
