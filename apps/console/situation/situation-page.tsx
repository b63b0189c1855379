import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { answered, api, type Schemas } from '../api/client.js';
import { useSettings } from '../frame/settings.js';
import { useShortcuts } from '../frame/shortcuts.js';
import { useTitle } from '../frame/title.js';
import { Notices, useCoverage } from '../parts/banners.js';
import { localTime, Time } from '../parts/instant.js';
import { Failed, Loading, Nothing } from '../parts/states.js';
import { AlertDays } from './alert-days.js';
import { Figures } from './figures.js';
import { RuleMatrix } from './rule-matrix.js';
import './situation.css';

const PERIODS = ['month', 'quarter', 'year'] as const;
type Period = (typeof PERIODS)[number];
export type Situation = Schemas['SituationDto'];

/** The situation 监督态势: figures that open what they count, alerts by day, and rules by agency. */
export function SituationPage() {
  const { t } = useTranslation();
  const { language } = useSettings();
  const [address, setAddress] = useSearchParams();
  const period = PERIODS.find((one) => one === address.get('period')) ?? 'year';
  useTitle(t('nav.situation'));
  const show = (next: Period) =>
    setAddress((now) => {
      const changed = new URLSearchParams(now);
      changed.set('period', next);
      return changed;
    });
  useShortcuts({
    p: () => show(PERIODS[(PERIODS.indexOf(period) + 1) % PERIODS.length] ?? 'year'),
  });
  const { data, isPending, isError, error, refetch } = useQuery({
    queryKey: ['situation', language, period],
    queryFn: () => answered(api.GET('/v1/situation', { params: { query: { period } } })),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <Notices />
      {isError && <Failed error={error} onRetry={() => void refetch()} />}
      <header className="page-head">
        <h1>{t('nav.situation')}</h1>
        <PeriodChoice period={period} onPeriod={show} />
      </header>
      {isPending ? (
        <Loading rows={12} />
      ) : data === undefined ? null : (
        <SituationParts
          situation={data}
          isStale={data.stale || isError}
          onYear={() => show('year')}
        />
      )}
    </>
  );
}

function PeriodChoice({
  period,
  onPeriod,
}: {
  readonly period: Period;
  readonly onPeriod: (period: Period) => void;
}) {
  const { t } = useTranslation();
  return (
    <fieldset className="periods">
      <legend className="unseen">{t('situation.period')}</legend>
      {PERIODS.map((one) => (
        <button key={one} type="button" aria-pressed={one === period} onClick={() => onPeriod(one)}>
          {t(`situation.period.${one}`)}
        </button>
      ))}
    </fieldset>
  );
}

/** Everything speaks of one instant; where that is not the present, it is greyed and says of when it is. */
function SituationParts({
  situation,
  isStale,
  onYear,
}: {
  readonly situation: Situation;
  readonly isStale: boolean;
  readonly onYear: () => void;
}) {
  const { t } = useTranslation();
  const { data: coverage } = useCoverage();
  const { asOf, readThrough, coverageText, matrix, period } = situation;
  const isHeard = coverage?.items.some((one) => one.evaluatedThrough !== null) ?? true;
  if (!isHeard) return <Nothing title={t('coverage.no-data')} text={t('situation.no-data-text')} />;
  return (
    <div className={isStale ? 'situation is-stale' : 'situation'}>
      {isStale && (
        <Alert
          banner
          type="warning"
          role="status"
          title={t('situation.stale', { at: localTime(readThrough ?? asOf) })}
        />
      )}
      <p className="situation-at">
        {t('situation.as-of')} <Time at={isStale ? (readThrough ?? asOf) : asOf} />
        <span>{coverageText}</span>
      </p>
      <Figures situation={situation} isStale={isStale} />
      {matrix.total === 0 ? (
        <section className="card">
          <Nothing
            title={t('situation.none', { from: situation.from, today: situation.today })}
            text={coverageText}
            action={
              period === 'year' ? undefined : (
                <Button onClick={onYear}>{t('situation.period.year')}</Button>
              )
            }
          />
        </section>
      ) : (
        <>
          <AlertDays situation={situation} />
          <RuleMatrix situation={situation} />
        </>
      )}
    </div>
  );
}
