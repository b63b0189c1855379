import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { localTime } from '../parts/instant.js';
import { dateOf } from '../ruler/local-day.js';
import { Ruler } from '../ruler/ruler.js';
import {
  extensionLines,
  lineAt,
  type Numbered,
  pausesOf,
  pinsOf,
  stepsOf,
} from '../ruler/ruler-marks.js';
import type { DayLine, Line, Marks } from '../ruler/ruler-types.js';
import { continues } from '../ruler/same-list.js';
import type { useRulerAddress } from '../ruler/use-ruler-address.js';
import { arithmeticOf } from './arithmetic.js';
import { DAY_ANCHOR } from './reason.js';
import type { AlertDetail, CaseDetail } from './use-alert.js';

export interface AlertRulerProps {
  readonly detail: AlertDetail;
  /** Null until the case is known. */
  readonly case: CaseDetail | null;
  readonly evidence: readonly Numbered[];
  readonly address: ReturnType<typeof useRulerAddress>;
}

/**
 * The ruler of an alert: the day list of its own explanation. Where a clock of the case follows exactly that list
 * further, its days are drawn, so that those after the limit are seen as well.
 */
export function AlertRuler(props: AlertRulerProps) {
  const { t } = useTranslation();
  const { detail, address } = props;
  const { params, days: own } = arithmeticOf(detail.explanation);
  const clock = (own === null ? [] : (props.case?.clocks ?? [])).find(
    (one) =>
      one.lastOn === params.lastDay && one.total === params.total && continues(own ?? [], one.days),
  );
  const days: readonly DayLine[] | null = clock?.days ?? own;
  const closedOn = typeof params.closedOn === 'string' ? params.closedOn : null;
  const marks = useMarks(props, {
    lastOn: typeof params.lastDay === 'string' ? params.lastDay : null,
    endedOn: closedOn ?? clock?.endedOn ?? null,
  });
  return (
    <>
      {clock !== undefined && own !== null && clock.days.length > own.length && (
        <p className="soft">
          {t('alert.ruler.followed', { clock: clock.nameText, lastOn: own.at(-1)?.date })}
        </p>
      )}
      <Ruler
        label={t('alert.section.2')}
        anchor={DAY_ANCHOR}
        days={days}
        missing={missing(t, own, detail)}
        marks={marks}
        view={address.view}
        onView={address.onView}
        points={address.points}
        onPoints={address.onPoints}
      />
    </>
  );
}

function missing(
  t: ReturnType<typeof useTranslation>['t'],
  own: readonly DayLine[] | null,
  { explanation }: AlertDetail,
): string {
  if (own !== null) return t('ruler.missing.hours');
  return explanation.key === 'rule.unevaluable'
    ? t('ruler.missing.unevaluable')
    : t('ruler.missing.no-clock');
}

function useMarks(
  { detail, case: found, evidence }: AlertRulerProps,
  { lastOn, endedOn }: { readonly lastOn: string | null; readonly endedOn: string | null },
): Marks {
  const { t } = useTranslation();
  return useMemo(() => {
    const timeline = found?.timeline ?? evidence.map(({ event }) => event);
    const lines: Line[] = extensionLines(timeline, (on) => t('ruler.line.extension', { on }));
    if (lastOn !== null)
      lines.push({
        kind: 'deadline',
        date: lastOn,
        part: 1,
        text: t('ruler.line.deadline', { on: lastOn }),
      });
    const since = detail.alert.since;
    lines.push(lineAt('trigger', since, t('ruler.line.trigger', { at: localTime(since) })));
    if (endedOn !== null)
      lines.push({
        kind: 'ended',
        date: endedOn,
        part: 1,
        text: t('ruler.line.ended', { on: endedOn }),
      });
    const asOf = found?.asOf ?? null;
    if (asOf !== null)
      lines.push(lineAt('as-of', asOf, t('ruler.line.as-of', { at: localTime(asOf) })));
    return {
      pins: pinsOf(evidence, (no) => `#event-${no}`),
      steps: stepsOf(timeline),
      lines,
      pauses: pausesOf(timeline),
      lastOn,
      asOfOn: asOf === null ? null : dateOf(asOf),
      endedOn,
    };
  }, [t, detail, found, evidence, lastOn, endedOn]);
}
