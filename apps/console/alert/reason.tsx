import { useTranslation } from 'react-i18next';
import { langOf } from '../parts/data-text.js';
import { type FigureGround, reasonSegments, type Target } from './reason-figures.js';

/** Days of the ruler of an alert can be linked to as `day-2025-10-17`. */
export const DAY_ANCHOR = 'day';

function hrefOf(target: Target): string {
  if (target.kind === 'evidence') return `#event-${target.no}`;
  if (target.kind === 'day') return `#${DAY_ANCHOR}-${target.date}`;
  return target.kind === 'list' ? '#section-3' : '#section-4';
}

/** The reason in one sentence; each figure leads to what it rests on. */
export function Reason({
  reason,
  ground,
}: {
  readonly reason: string;
  readonly ground: FigureGround;
}) {
  const { t } = useTranslation();
  return (
    <p className="reason" data-part="reason">
      {reasonSegments(reason, ground).map(({ at, text, target }) =>
        target === null ? (
          <span key={at} lang={langOf(text)}>
            {text}
          </span>
        ) : (
          <a
            key={at}
            className="figure"
            href={hrefOf(target)}
            title={t(`alert.figure.${target.kind}`)}
          >
            {text}
          </a>
        ),
      )}
    </p>
  );
}
