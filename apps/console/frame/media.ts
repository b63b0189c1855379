import { useSyncExternalStore } from 'react';
import { useSettings } from './settings.js';

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (tell) => {
      const media = matchMedia(query);
      media.addEventListener('change', tell);
      return () => media.removeEventListener('change', tell);
    },
    () => matchMedia(query).matches,
  );
}

/** True where the page is to be dark: as chosen, else as the system is. */
export function useDark(): boolean {
  const { appearance } = useSettings();
  const dark = useMedia('(prefers-color-scheme: dark)');
  return appearance === 'system' ? dark : appearance === 'dark';
}

export function useStillness(): boolean {
  return useMedia('(prefers-reduced-motion: reduce)');
}
