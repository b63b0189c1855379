import { useEffect, useRef } from 'react';
import { currentSettings } from './settings.js';

export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void>>;

/** Where a pressed key is text, or chooses something: it is left to the element. */
function belongsToElement(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  const chooses = target.closest(
    '[role="combobox"],[role="listbox"],[role="menu"],[role="slider"]',
  );
  return chooses !== null;
}

/** Enter and Space work links and buttons themselves. */
function isPressed(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' && event.key !== ' ') return false;
  return (
    event.target instanceof HTMLElement &&
    event.target.closest('a,button,summary,[tabindex="0"][role]') !== null
  );
}

/** True where a shortcut may fire: never while an input method composes, in fields, or with a modifier. */
export function mayFire(event: KeyboardEvent): boolean {
  if (!currentSettings().shortcuts || event.defaultPrevented) return false;
  // 229: some browsers say only so that an input method has the key.
  if (event.isComposing || event.keyCode === 229) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return !belongsToElement(event) && !isPressed(event);
}

const PAIR_MS = 1_200;

/** Keys of a page, by `KeyboardEvent.key`; two keys one after the other are written `g a`. */
export function useShortcuts(keys: KeyMap): void {
  const map = useRef(keys);
  map.current = keys;
  useEffect(() => {
    let first: { readonly key: string; readonly at: number } | null = null;
    const onKey = (event: KeyboardEvent) => {
      if (!mayFire(event)) return;
      const pair =
        first !== null && Date.now() - first.at < PAIR_MS ? `${first.key} ${event.key}` : '';
      first = { key: event.key, at: Date.now() };
      const act = map.current[pair] ?? map.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      if (pair in map.current) first = null;
      act(event);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
