import type { MouseEvent } from 'react';

/** True where a click in a row was meant for a link or button in it: two changes of the address would cancel one another. */
export function isOnLink({ target }: MouseEvent): boolean {
  return target instanceof Element && target.closest('a, button') !== null;
}
