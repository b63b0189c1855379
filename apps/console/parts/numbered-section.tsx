import type { ReactNode } from 'react';

/** A numbered part of a page; its number is also the key that goes to it. */
export function NumberedSection({
  no,
  title,
  children,
}: {
  readonly no: number;
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <section
      className="card part"
      id={`section-${no}`}
      tabIndex={-1}
      aria-labelledby={`title-${no}`}
    >
      <h2 id={`title-${no}`}>
        <kbd>{no}</kbd> {title}
      </h2>
      {children}
    </section>
  );
}

export function goToSection(no: number): void {
  const section = document.getElementById(`section-${no}`);
  section?.focus({ preventScroll: true });
  section?.scrollIntoView({ block: 'start' });
}
