import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ListAddress } from './list-address.js';

/** The way to the next page of a list and back to the first. */
export function ListPages({
  address,
  next,
}: {
  readonly address: ListAddress;
  readonly next: string | null;
}) {
  const { t } = useTranslation();
  const isFirst = address.get('cursor') === '';
  if (isFirst && next === null) return null;
  return (
    <nav className="pages" aria-label={t('inbox.pages')}>
      {!isFirst && (
        <Button onClick={() => address.change({ cursor: '', row: '' })}>
          {t('inbox.first-page')}
        </Button>
      )}
      {next !== null && (
        <Button onClick={() => address.change({ cursor: next, row: '' })}>
          {t('inbox.next-page')}
        </Button>
      )}
    </nav>
  );
}
