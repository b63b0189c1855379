import { useTranslation } from 'react-i18next';
import { langOf } from '../parts/data-text.js';
import type { DayLine } from './ruler-types.js';
import { weekdayText } from './ruler-words.js';

const COLUMNS = ['date', 'weekday', 'kind', 'count', 'stop', 'note', 'provisional'] as const;

/** The ruler as a table: the API's day list cell by cell, nothing added and nothing left out. */
export function RulerTable({
  days,
  anchor,
  label,
}: {
  readonly days: readonly DayLine[];
  /** Days can be linked to as `anchor-date`. */
  readonly anchor: string;
  readonly label: string;
}) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard
    <section className="ruler-table-room" tabIndex={0} aria-label={label}>
      <table className="ruler-table">
        <caption className="unseen">{label}</caption>
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {t(`ruler.column.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <Line key={day.date} day={day} anchor={anchor} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Raw values stand in `data-value`, words in the cell. */
function Line({ day, anchor }: { readonly day: DayLine; readonly anchor: string }) {
  const { t } = useTranslation();
  const { date, kind, count, stop, note, provisional } = day;
  return (
    <tr id={`${anchor}-${date}`} data-date={date} tabIndex={-1} className={`kind-${kind}`}>
      <th scope="row" data-column="date" data-value={date}>
        {date}
      </th>
      <td data-column="weekday">{weekdayText(t, date)}</td>
      <td data-column="kind" data-value={kind}>
        {t(`ruler.kind.${kind}`)}
      </td>
      <td data-column="count" data-value={count ?? ''} className="ruler-count">
        {count ?? '—'}
      </td>
      <td data-column="stop" data-value={stop ?? ''} lang={langOf(stop ?? '')}>
        {stop ?? '—'}
      </td>
      <td data-column="note" data-value={note ?? ''} lang={langOf(note ?? '')}>
        {note ?? '—'}
      </td>
      <td data-column="provisional" data-value={String(provisional)}>
        {provisional ? t('ruler.provisional.yes') : t('ruler.provisional.no')}
      </td>
    </tr>
  );
}
