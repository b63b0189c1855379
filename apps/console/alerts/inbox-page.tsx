import { Button, type InputRef } from 'antd';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useShortcuts } from '../frame/shortcuts.js';
import { useTitle } from '../frame/title.js';
import { Notices, useCoverage } from '../parts/banners.js';
import { useRowPlace } from '../parts/row-place.js';
import { Failed, Loading, Nothing } from '../parts/states.js';
import { AlertFilters } from './alert-filters.js';
import { AlertPeek } from './alert-peek.js';
import { AlertTable } from './alert-table.js';
import { type InboxAddress, useInboxAddress } from './inbox-address.js';
import { StreamMark } from './stream-mark.js';
import { type AlertRow, ROWS, useInbox } from './use-inbox.js';

/** The alert inbox 预警中心. Filters, order, part of the list and selected row are in its address. */
export function InboxPage() {
  const { t } = useTranslation();
  const address = useInboxAddress();
  const inbox = useInbox(address.wanted);
  const { list, fresh } = inbox;
  const rows = list.data?.items ?? [];
  const search = useRef<InputRef>(null);
  useTitle(t('nav.alerts'));
  const load = () => {
    if (address.wanted.cursor !== '') address.change({ cursor: '' });
    inbox.load();
  };
  useInboxKeys({ address, rows, load, search: () => search.current?.focus() });
  const linkOf = (alertId: string) => `/alerts/${alertId}?from=${encodeURIComponent(address.text)}`;
  const peeked = address.peek
    ? (rows.find(({ alertId }) => alertId === address.row) ?? null)
    : null;
  return (
    <>
      <header className="page-head">
        <h1>{t('nav.alerts')}</h1>
        <StreamMark />
        <div aria-live="polite" className="fresh">
          {fresh > 0 && (
            <Button type="primary" onClick={load}>
              {t(fresh < ROWS ? 'inbox.fresh' : 'inbox.fresh-many', { count: fresh })} <kbd>.</kbd>
            </Button>
          )}
        </div>
      </header>
      <Notices />
      <AlertFilters address={address} search={search} />
      {list.isPending ? (
        <Loading rows={10} />
      ) : list.isError ? (
        <Failed error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <NoAlerts address={address} />
      ) : (
        <AlertTable
          rows={rows}
          moved={inbox.moved}
          row={address.row}
          linkOf={linkOf}
          onRow={(row) => address.change({ row }, { replace: true })}
          onPeek={(row) => address.change({ row, peek: '1' })}
        />
      )}
      <Pages address={address} next={list.data?.next ?? null} />
      <AlertPeek
        alert={peeked}
        link={peeked === null ? '' : linkOf(peeked.alertId)}
        onClose={() => address.change({ peek: '' })}
      />
    </>
  );
}

interface Keys {
  readonly address: InboxAddress;
  readonly rows: readonly AlertRow[];
  readonly load: () => void;
  readonly search: () => void;
}

function useInboxKeys({ address, rows, load, search }: Keys): void {
  const navigate = useNavigate();
  const place = useRowPlace(
    rows.map(({ alertId }) => alertId),
    address.row,
    (row) => address.change({ row }, { replace: true }),
  );
  const openSelected = () => {
    const row = place.selected();
    if (row !== null) navigate(`/alerts/${row}?from=${encodeURIComponent(address.text)}`);
  };
  // With the row, which the address may not hold yet.
  const peekSelected = () => {
    const row = place.selected();
    if (row !== null) address.change({ row, peek: address.peek ? '' : '1' });
  };
  const closePeek = () => {
    if (address.peek) address.change({ peek: '' });
  };
  useShortcuts({
    j: () => place.move(1),
    k: () => place.move(-1),
    Enter: openSelected,
    ' ': peekSelected,
    Escape: closePeek,
    '/': search,
    '.': load,
  });
}

/** An empty list says why: nothing at all, nothing under these filters, or no source was ever heard. */
function NoAlerts({ address }: { readonly address: InboxAddress }) {
  const { t } = useTranslation();
  const { data } = useCoverage();
  if (address.isFiltered)
    return (
      <Nothing
        title={t('inbox.none-filtered')}
        action={<Button onClick={address.clear}>{t('filter.clear')}</Button>}
      />
    );
  const heard = (data?.items ?? []).filter(({ evaluatedThrough }) => evaluatedThrough !== null);
  if (data !== undefined && heard.length === 0)
    return <Nothing title={t('inbox.no-data')} text={t('inbox.no-data-text')} />;
  return <Nothing title={t('inbox.none')} text={heard.map(({ text }) => text).join(' ')} />;
}

function Pages({
  address,
  next,
}: {
  readonly address: InboxAddress;
  readonly next: string | null;
}) {
  const { t } = useTranslation();
  const { cursor } = address.wanted;
  if (cursor === '' && next === null) return null;
  return (
    <nav className="pages" aria-label={t('inbox.pages')}>
      {cursor !== '' && (
        <Button onClick={() => address.change({ cursor: '' })}>{t('inbox.first-page')}</Button>
      )}
      {next !== null && (
        <Button onClick={() => address.change({ cursor: next, row: '' })}>
          {t('inbox.next-page')}
        </Button>
      )}
    </nav>
  );
}
