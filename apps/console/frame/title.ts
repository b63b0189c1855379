import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

/** Names the page in the window's title, for tabs and screen readers. */
export function useTitle(page: string): void {
  const { t } = useTranslation();
  const name = t('product.short');
  useEffect(() => {
    document.title = `${page} · ${name}`;
  }, [page, name]);
}
