import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schemas } from '../api/client.js';
import { useCoverage } from '../parts/banners.js';
import { Time } from '../parts/instant.js';
import { type ListAddress, useListAddress } from '../parts/list-address.js';
import { Failed, Loading, Nothing } from '../parts/states.js';
import { TableRoom } from '../parts/table-room.js';
import { SourceMark, type SourceState } from './source-mark.js';

type Source = Schemas['CoverageDto'];

/** The gravest first: what cannot be relied on must not have to be looked for. */
const ORDER: readonly SourceState[] = [
  'unheard',
  'unreadable',
  'silent',
  'gap',
  'current',
  'on-change',
];
const FILTERS = ['state'] as const;
const COLUMNS = ['source', 'state', 'through', 'delay', 'gaps', 'late', 'quarantined'] as const;

/** What is known of each source; which states are shown is in the address. */
export function SourceList() {
  const { t } = useTranslation();
  const address = useListAddress(FILTERS);
  const { data, isPending, isError, error, refetch } = useCoverage();
  if (isPending) return <Loading rows={8} />;
  if (isError) return <Failed error={error} onRetry={() => void refetch()} />;
  const sources = ORDER.flatMap((state) => data.items.filter((one) => one.state === state));
  if (sources.length === 0)
    return <Nothing title={t('coverage.no-data')} text={t('coverage.no-data-text')} />;
  const wanted = address.get('state');
  const shown = sources.filter(({ state }) => wanted === '' || state === wanted);
  return (
    <>
      <StateChoice sources={sources} address={address} />
      <p className="coverage-at">
        {t('coverage.as-of')} <Time at={data.asOf} />
      </p>
      {shown.length === 0 ? (
        <Nothing
          title={t('coverage.none-filtered')}
          action={<Button onClick={address.clear}>{t('filter.clear')}</Button>}
        />
      ) : (
        <SourceTable sources={shown} />
      )}
    </>
  );
}

/** How many sources are in each state; each number shows those that it counts. */
function StateChoice({
  sources,
  address,
}: {
  readonly sources: readonly Source[];
  readonly address: ListAddress;
}) {
  const { t } = useTranslation();
  const wanted = address.get('state');
  const choices = ORDER.map((state) => ({
    state,
    count: sources.filter((one) => one.state === state).length,
  }));
  return (
    <fieldset className="choices">
      <legend className="unseen">{t('coverage.by-state')}</legend>
      <button
        type="button"
        aria-pressed={wanted === ''}
        onClick={() => address.change({ state: '' })}
      >
        {t('coverage.all')} <b>{sources.length}</b>
      </button>
      {choices.map(({ state, count }) => (
        <button
          key={state}
          type="button"
          aria-pressed={wanted === state}
          onClick={() => address.change({ state: wanted === state ? '' : state })}
        >
          <SourceMark state={state} text={t(`coverage.state.${state}`)} /> <b>{count}</b>
        </button>
      ))}
    </fieldset>
  );
}

function SourceTable({ sources }: { readonly sources: readonly Source[] }) {
  const { t } = useTranslation();
  return (
    <TableRoom label={t('coverage.sources')}>
      <table className="alerts">
        <caption className="unseen">{t('coverage.caption', { count: sources.length })}</caption>
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
          {sources.map((source) => (
            <SourceRow key={source.source} source={source} />
          ))}
        </tbody>
      </table>
    </TableRoom>
  );
}

function SourceRow({ source }: { readonly source: Source }) {
  const { t } = useTranslation();
  const { state, evaluatedThrough } = source;
  const isOut = state === 'silent' || state === 'unheard' || state === 'unreadable';
  return (
    <tr className={isOut ? 'is-out' : undefined}>
      <th scope="row">
        {source.named ? source.source : t('coverage.unnamed')}
        <small>{t('coverage.lanes', { count: source.lanes })}</small>
      </th>
      <td>
        <SourceMark state={state} text={source.stateText} />
        {(isOut || state === 'on-change') && <small>{t(`coverage.means.${state}`)}</small>}
      </td>
      <td>{evaluatedThrough === null ? '—' : <Time at={evaluatedThrough} />}</td>
      <td>
        <span className="cell-limit">{source.delayText}</span>
        {state !== 'on-change' && evaluatedThrough !== null && (
          <small>{t('coverage.agreed', { hours: source.agreedDelayHours })}</small>
        )}
      </td>
      <td className="cell-gaps">
        {source.gaps.length === 0
          ? t('coverage.no-gap')
          : source.gaps.map((gap) => <p key={`${gap.from} ${gap.reason}`}>{gap.text}</p>)}
      </td>
      <td className="cell-count">{source.late}</td>
      <td className="cell-count">
        {source.quarantined === 0 ? (
          0
        ) : (
          <Link
            to={`?${new URLSearchParams({ tab: 'quarantine', ...(source.named ? { source: source.source } : {}) })}`}
          >
            {source.quarantined}
          </Link>
        )}
      </td>
    </tr>
  );
}
