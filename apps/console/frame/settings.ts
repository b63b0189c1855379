import { useSyncExternalStore } from 'react';

export type Appearance = 'system' | 'light' | 'dark';
export type Language = 'zh' | 'en';

/** What a person has chosen for this browser. */
export interface Settings {
  readonly language: Language;
  readonly appearance: Appearance;
  /** Off: no key does anything but what the browser makes of it. */
  readonly shortcuts: boolean;
}

const KEY = 'mingcha.settings';
const USUAL: Settings = { language: 'zh', appearance: 'system', shortcuts: true };

function read(): Settings {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>;
    return {
      language: kept.language === 'en' ? 'en' : 'zh',
      appearance:
        kept.appearance === 'light' || kept.appearance === 'dark' ? kept.appearance : 'system',
      shortcuts: kept.shortcuts !== false,
    };
  } catch {
    return USUAL;
  }
}

let settings = read();
const readers = new Set<() => void>();

export function currentSettings(): Settings {
  return settings;
}

/** Changes settings for every part of the screen, and keeps them where the browser allows it. */
export function changeSettings(change: Partial<Settings>): void {
  settings = { ...settings, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing: they hold until the page is left.
  }
  for (const tell of readers) tell();
}

export function onSettings(tell: () => void): () => void {
  readers.add(tell);
  return () => readers.delete(tell);
}

export function useSettings(): Settings {
  return useSyncExternalStore(onSettings, currentSettings);
}
