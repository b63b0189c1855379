import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { TextFilter } from '../alerts/alert-filters.js';
import { answered, api, type Schemas } from '../api/client.js';
import { useSettings } from '../frame/settings.js';
import { Time } from '../parts/instant.js';
import { type ListAddress, useListAddress } from '../parts/list-address.js';
import { ListPages } from '../parts/list-pages.js';
import { Failed, Loading, Nothing } from '../parts/states.js';
import { TableRoom } from '../parts/table-room.js';

type Quarantined = Schemas['QuarantinedDto'];

const ROWS = 50;
const FILTERS = ['state', 'source', 'reason'] as const;
const STATES = ['waiting', 'repaired', 'released'] as const;
const REASONS = [
  'empty',
  'too-large',
  'not-utf8',
  'not-json',
  'not-cloudevents',
  'unknown-feed',
  'unknown-type',
  'reserved-type',
  'unknown-vocabulary-version',
  'missing-field',
  'malformed-field',
  'time-without-zone',
] as const;
const COLUMNS = ['received', 'source', 'reason', 'repair', 'state', 'place'] as const;

/** Records that broke the contract 隔离区, oldest first; filters and place are in the address. */
export function QuarantineList() {
  const { language } = useSettings();
  const address = useListAddress(FILTERS);
  const wanted = Object.fromEntries(
    [...FILTERS, 'cursor'].flatMap((name) => {
      const value = address.get(name);
      return value === '' ? [] : [[name, value]];
    }),
  );
  const { data, isPending, isError, error, refetch } = useQuery({
    queryKey: ['quarantine', language, wanted],
    // What the address says is judged by the server, which names a fault.
    queryFn: () =>
      answered(api.GET('/v1/quarantine', { params: { query: { ...wanted, limit: ROWS } } })),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <QuarantineFilters address={address} />
      {isPending ? (
        <Loading rows={8} />
      ) : isError ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : data.items.length === 0 ? (
        <NoRecords address={address} />
      ) : (
        <QuarantineTable records={data.items} />
      )}
      <ListPages address={address} next={data?.next ?? null} />
    </>
  );
}

function NoRecords({ address }: { readonly address: ListAddress }) {
  const { t } = useTranslation();
  if (!address.isFiltered)
    return <Nothing title={t('coverage.none-quarantined')} text={t('coverage.none-means')} />;
  return (
    <Nothing
      title={t('coverage.none-quarantined-filtered')}
      action={<Button onClick={address.clear}>{t('filter.clear')}</Button>}
    />
  );
}

function QuarantineFilters({ address }: { readonly address: ListAddress }) {
  const { t } = useTranslation();
  const choice = (name: 'state' | 'reason', values: readonly string[]) => (
    <Select
      allowClear
      className="filter"
      placeholder={t(`coverage.column.${name}`)}
      aria-label={t(`coverage.column.${name}`)}
      value={address.get(name) || null}
      options={values.map((value) => ({ value, label: t(`coverage.${name}.${value}`) }))}
      onChange={(value: string | null | undefined) => address.change({ [name]: value ?? '' })}
    />
  );
  return (
    <search className="filters">
      <Space wrap size="small">
        {choice('state', STATES)}
        {choice('reason', REASONS)}
        <TextFilter
          label={t('coverage.column.source')}
          value={address.get('source')}
          onValue={(source) => address.change({ source })}
        />
        {address.isFiltered && <Button onClick={address.clear}>{t('filter.clear')}</Button>}
      </Space>
    </search>
  );
}

function QuarantineTable({ records }: { readonly records: readonly Quarantined[] }) {
  const { t } = useTranslation();
  return (
    <TableRoom label={t('coverage.quarantine')}>
      <table className="alerts">
        <caption className="unseen">
          {t('coverage.quarantine-caption', { count: records.length })}
        </caption>
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {t(`coverage.column.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <QuarantineRow key={record.quarantineId} record={record} />
          ))}
        </tbody>
      </table>
    </TableRoom>
  );
}

function QuarantineRow({ record }: { readonly record: Quarantined }) {
  const { t } = useTranslation();
  return (
    <tr>
      <td>
        <Time at={record.receivedAt} />
      </td>
      <td>
        <span>{record.source ?? t('coverage.unreadable')}</span>
        <small>{record.eventId}</small>
      </td>
      <td className="cell-text">
        <span>{record.text}</span>
        <small>
          <code>{record.reason}</code> {record.field !== null && <code>{record.field}</code>}
        </small>
      </td>
      <td className="cell-text">{record.repair}</td>
      <td>
        <span className="state">{record.stateText}</span>
        {record.decidedAt !== null && (
          <small>
            <Time at={record.decidedAt} /> {record.reasonText}
          </small>
        )}
      </td>
      <td className="cell-place">
        <code>{record.quarantineId}</code>
        <small>{t('coverage.bytes', { bytes: record.bytes ?? 0 })}</small>
      </td>
    </tr>
  );
}
