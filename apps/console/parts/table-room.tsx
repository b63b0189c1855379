import type { ReactNode } from 'react';

/** A box in which a wide table scrolls by itself, also by keyboard, so that the page does not. */
export function TableRoom({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard (WCAG 2.1.1)
    <section className="table-room" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
