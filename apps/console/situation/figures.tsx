import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schemas } from '../api/client.js';
import { Dated } from '../parts/dated.js';
import { localTime } from '../parts/instant.js';
import { LevelTag } from '../parts/level-tag.js';
import { listLink } from './list-link.js';
import type { Situation } from './situation-page.js';

/** The figures as cards: each opens the list that it counts and says what it is part of. */
export function Figures({
  situation,
  isStale,
}: {
  readonly situation: Situation;
  readonly isStale: boolean;
}) {
  const { t } = useTranslation();
  const { figures, readThrough, asOf } = situation;
  return (
    <section aria-label={t('situation.figures')}>
      <ul className="figures">
        {figures.map((figure) => (
          <li key={figure.name}>
            <Figure figure={figure} at={isStale ? localTime(readThrough ?? asOf) : null} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Figure({
  figure,
  at,
}: {
  readonly figure: Schemas['FigureDto'];
  /** Where the figure is not of the present: of when it is. */
  readonly at: string | null;
}) {
  const { t } = useTranslation();
  const { name, label, text, value, base, baseText, coverageText, byLevel, list, query } = figure;
  return (
    <Link to={listLink(list, query)} className={`figure-card figure-${name}`}>
      <span className="figure-label">{label}</span>
      <b className="figure-value">{value}</b>
      <span className="figure-base">{baseText}</span>
      {base > 0 && (
        <svg
          className="figure-share"
          viewBox="0 0 100 4"
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <rect className="figure-whole" width="100" height="4" />
          <rect className="figure-part" width={(100 * value) / base} height="4" />
        </svg>
      )}
      {byLevel !== null && byLevel.length > 0 && (
        <span className="figure-levels">
          {byLevel.map(({ level, levelText, count }) => (
            <LevelTag key={level} level={level} text={`${levelText} ${count}`} />
          ))}
        </span>
      )}
      <small className="figure-coverage">
        <Dated text={coverageText} />
      </small>
      <small>{at === null ? text : t('situation.figure-at', { at })}</small>
    </Link>
  );
}
