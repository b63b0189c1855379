import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { NumberedSection } from '../parts/numbered-section.js';

/** A part of an alert's page. */
export function Section({ no, children }: { readonly no: number; readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <NumberedSection no={no} title={t(`alert.section.${no}`)}>
      {children}
    </NumberedSection>
  );
}
