import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, type InputRef, Select, Space } from 'antd';
import { type RefObject, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { TextFilter } from '../alerts/alert-filters.js';
import { answered, api, type Schemas } from '../api/client.js';
import { useSettings } from '../frame/settings.js';
import { useShortcuts } from '../frame/shortcuts.js';
import { useTitle } from '../frame/title.js';
import { Notices, useCoverage } from '../parts/banners.js';
import { type ListAddress, useListAddress } from '../parts/list-address.js';
import { ListPages } from '../parts/list-pages.js';
import { useRowPlace } from '../parts/row-place.js';
import { Failed, Loading, Nothing } from '../parts/states.js';
import { CaseTable, caseLink } from './case-table.js';

const ROWS = 50;
const FILTERS = ['open', 'case', 'item', 'unit', 'region'] as const;

/** The list of cases 办件. Filters, order, place and selected row are in its address. */
export function CasesPage() {
  const { t } = useTranslation();
  const { language } = useSettings();
  const address = useListAddress(FILTERS);
  const search = useRef<InputRef>(null);
  useTitle(t('nav.cases'));
  const wanted = Object.fromEntries(
    [...FILTERS, 'sort', 'cursor'].flatMap((name) => {
      const value = address.get(name);
      return value === '' ? [] : [[name, value]];
    }),
  );
  const { data, isPending, isError, error, refetch } = useQuery({
    queryKey: ['cases', language, wanted],
    queryFn: () =>
      answered(api.GET('/v1/cases', { params: { query: { ...wanted, limit: ROWS } } })),
    placeholderData: keepPreviousData,
  });
  const rows = data?.items ?? [];
  useCaseKeys(address, rows, search);
  return (
    <>
      <Notices />
      <header className="page-head">
        <h1>{t('nav.cases')}</h1>
      </header>
      <CaseFilters address={address} search={search} />
      {isPending ? (
        <Loading rows={10} />
      ) : isError ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : rows.length === 0 ? (
        <NoCases address={address} />
      ) : (
        <CaseTable
          rows={rows}
          row={address.get('row')}
          onRow={(row) => address.change({ row }, { replace: true })}
        />
      )}
      <ListPages address={address} next={data?.next ?? null} />
    </>
  );
}

function CaseFilters({
  address,
  search,
}: {
  readonly address: ListAddress;
  readonly search: RefObject<InputRef | null>;
}) {
  const { t } = useTranslation();
  return (
    <search className="filters">
      <Space wrap size="small">
        <TextFilter
          field={search}
          wide
          label={t('filter.case')}
          value={address.get('case')}
          onValue={(value) => address.change({ case: value })}
        />
        <Select
          allowClear
          className="filter"
          placeholder={t('cases.column.state')}
          aria-label={t('cases.column.state')}
          value={address.get('open') || null}
          options={[
            { value: 'true', label: t('cases.open') },
            { value: 'false', label: t('cases.closed') },
          ]}
          onChange={(open: string | null | undefined) => address.change({ open: open ?? '' })}
        />
        <TextFilter
          label={t('cases.filter.item')}
          value={address.get('item')}
          onValue={(item) => address.change({ item })}
        />
        <TextFilter
          label={t('cases.filter.agency')}
          value={address.get('unit')}
          onValue={(unit) => address.change({ unit })}
        />
        <TextFilter
          label={t('filter.region')}
          value={address.get('region')}
          onValue={(region) => address.change({ region })}
        />
        <Select
          className="filter filter-sort"
          aria-label={t('filter.sort')}
          value={address.get('sort') === 'nextDueAt' ? 'nextDueAt' : 'caseId'}
          options={[
            { value: 'caseId', label: t('cases.by-number') },
            { value: 'nextDueAt', label: t('cases.by-due') },
          ]}
          onChange={(sort: string) => address.change({ sort: sort === 'caseId' ? '' : sort })}
        />
        {address.isFiltered && <Button onClick={address.clear}>{t('filter.clear')}</Button>}
      </Space>
    </search>
  );
}

/** An empty list says why: nothing under these filters, no source ever heard, or no case at all. */
function NoCases({ address }: { readonly address: ListAddress }) {
  const { t } = useTranslation();
  const { data } = useCoverage();
  if (address.isFiltered)
    return (
      <Nothing
        title={t('cases.none-filtered')}
        text={t('cases.none-filtered-text')}
        action={<Button onClick={address.clear}>{t('filter.clear')}</Button>}
      />
    );
  const isHeard = data?.items.some(({ evaluatedThrough }) => evaluatedThrough !== null) ?? true;
  if (!isHeard) return <Nothing title={t('coverage.no-data')} text={t('cases.no-data-text')} />;
  return <Nothing title={t('cases.none')} />;
}

function useCaseKeys(
  address: ListAddress,
  rows: readonly Schemas['CaseRowDto'][],
  search: RefObject<InputRef | null>,
): void {
  const navigate = useNavigate();
  const place = useRowPlace(
    rows.map(({ caseId }) => caseId),
    address.get('row'),
    (row) => address.change({ row }, { replace: true }),
  );
  const open = () => {
    const row = place.selected();
    if (row !== null) navigate(caseLink(row));
  };
  useShortcuts({
    j: () => place.move(1),
    k: () => place.move(-1),
    Enter: open,
    '/': () => search.current?.focus(),
  });
}
