import { Button } from 'antd';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { langOf } from '../parts/data-text.js';
import { type Measure, measure } from './ruler-measure.js';
import type { DayLine } from './ruler-types.js';

/** Reads out what the list says between two chosen days. */
export function MeasureBar({
  days,
  points,
  onClear,
}: {
  readonly days: readonly DayLine[];
  readonly points: readonly string[];
  readonly onClear: () => void;
}) {
  return (
    <div className={points.length > 0 ? 'ruler-measure is-on' : 'ruler-measure'} aria-live="polite">
      <Reading days={days} points={points} onClear={onClear} />
    </div>
  );
}

function Reading({ days, points, onClear }: Parameters<typeof MeasureBar>[0]) {
  const { t } = useTranslation();
  const [one, other] = points;
  if (one === undefined) return null;
  const clear = (
    <Button size="small" onClick={onClear}>
      {t('ruler.measure.clear')}
    </Button>
  );
  if (other === undefined)
    return (
      <>
        <span>{t('ruler.measure.first', { date: one })}</span>
        {clear}
      </>
    );
  const found = measure(days, one, other);
  if (found === null)
    return (
      <>
        <span>{t('ruler.measure.outside')}</span>
        {clear}
      </>
    );
  return (
    <>
      <span lang={langOf(found.stops.join(''))}>
        <b>{t('ruler.measure.range', { from: found.from, to: found.to })}</b>{' '}
        {partsOf(t, found).join(t('ruler.measure.semicolon'))}
      </span>
      {clear}
    </>
  );
}

function partsOf(t: TFunction, found: Measure): string[] {
  const { countFrom, countTo, difference, span, stopped, stops, rest } = found;
  const parts = [
    difference === null
      ? t('ruler.measure.no-counts')
      : t('ruler.measure.counts', { from: countFrom, to: countTo, difference }),
    t('ruler.measure.span', { days: span }),
  ];
  if (stopped > 0)
    parts.push(t('ruler.measure.stopped', { days: stopped, stops: stops.join(t('list.comma')) }));
  if (rest > 0) parts.push(t('ruler.measure.rest', { days: rest }));
  if (found.provisional) parts.push(t('ruler.measure.provisional'));
  return parts;
}
