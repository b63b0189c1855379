import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** A numbered part of the page; its number is also the key that goes to it. */
export function Section({ no, children }: { readonly no: number; readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <section
      className="card part"
      id={`section-${no}`}
      tabIndex={-1}
      aria-labelledby={`title-${no}`}
    >
      <h2 id={`title-${no}`}>
        <kbd>{no}</kbd> {t(`alert.section.${no}`)}
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
