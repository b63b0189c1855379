import { Button, Skeleton } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { LevelTag } from '../parts/level-tag.js';
import { TableRoom } from '../parts/table-room.js';
import { listLink } from './list-link.js';
import type { Situation } from './situation-page.js';

const AlertCalendar = lazy(async () => ({
  default: (await import('./alert-calendar.js')).AlertCalendar,
}));

type Day = Situation['days'][number];

const BUSIEST = 7;
const LEVELS = ['red', 'yellow', 'notice'] as const;

const sumOf = ({ red, yellow, notice }: Day) => red + yellow + notice;

/** Alerts by day as a calendar, or the same as a table; which of them is in the address. */
export function AlertDays({ situation }: { readonly situation: Situation }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [address, setAddress] = useSearchParams();
  const isTable = address.get('days') === 'table';
  const toggle = () =>
    setAddress((now) => {
      const next = new URLSearchParams(now);
      if (isTable) next.delete('days');
      else next.set('days', 'table');
      return next;
    });
  const { from, today, query, days } = situation;
  const linkOf = (day: Day) => listLink('alerts', { ...query, since: day.date, until: day.until });
  return (
    <section className="card" aria-labelledby="alert-days">
      <header className="card-head">
        <h2 id="alert-days">{t('situation.days')}</h2>
        <small>{t('situation.days-text', { from, today, total: situation.matrix.total })}</small>
        <Button size="small" onClick={toggle}>
          {isTable ? t('situation.as-calendar') : t('situation.as-table')}
        </Button>
      </header>
      {isTable ? (
        <DayTable days={days} linkOf={linkOf} />
      ) : (
        <div className="days-drawn">
          <Suspense fallback={<Skeleton active paragraph={{ rows: 4 }} />}>
            <AlertCalendar situation={situation} onDay={(day) => navigate(linkOf(day))} />
          </Suspense>
          <BusiestDays days={days} linkOf={linkOf} />
        </div>
      )}
    </section>
  );
}

interface DaysProps {
  readonly days: readonly Day[];
  readonly linkOf: (day: Day) => string;
}

/** The days with most alerts, as links: what the eye looks for in the calendar, for everybody. */
function BusiestDays({ days, linkOf }: DaysProps) {
  const { t } = useTranslation();
  const busiest = days.toSorted((a, b) => sumOf(b) - sumOf(a)).slice(0, BUSIEST);
  return (
    <div className="busiest">
      <h3>{t('situation.busiest')}</h3>
      <ol>
        {busiest.map((day) => (
          <li key={day.date}>
            <Link to={linkOf(day)}>{day.date}</Link>
            <b>{t('situation.count', { count: sumOf(day) })}</b>
            <span>
              {LEVELS.filter((level) => day[level] > 0).map((level) => (
                <LevelTag key={level} level={level} text={`${t(`level.${level}`)} ${day[level]}`} />
              ))}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function DayTable({ days, linkOf }: DaysProps) {
  const { t } = useTranslation();
  return (
    <TableRoom label={t('situation.days')}>
      <table className="alerts days">
        <caption className="unseen">{t('situation.days-caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('situation.day')}</th>
            <th scope="col">{t('level.red')}</th>
            <th scope="col">{t('level.yellow')}</th>
            <th scope="col">{t('level.notice')}</th>
            <th scope="col">{t('situation.sum')}</th>
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map((day) => (
            <tr key={day.date}>
              <th scope="row">
                <Link to={linkOf(day)}>{day.date}</Link>
              </th>
              <td>{day.red}</td>
              <td>{day.yellow}</td>
              <td>{day.notice}</td>
              <td>{sumOf(day)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableRoom>
  );
}
