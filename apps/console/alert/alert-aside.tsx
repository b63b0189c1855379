import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { DataText } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';
import type { AlertDetail, CaseDetail } from './use-alert.js';
import type { Neighbours } from './use-neighbours.js';

interface AsideProps {
  readonly detail: AlertDetail;
  readonly case: CaseDetail | null;
  readonly neighbours: Neighbours;
}

/** Beside the page at every place of it: where the alert stands, who answers, what it rests on, and where to go on. */
export function AlertAside(props: AsideProps) {
  const { t } = useTranslation();
  return (
    <aside className="aside" aria-label={t('alert.aside')}>
      <Standing {...props} />
      <Ground {...props} />
      <Ways {...props} />
    </aside>
  );
}

function Standing({ detail }: AsideProps) {
  const { t } = useTranslation();
  const { alert, answerable } = detail;
  return (
    <section className="card">
      <h2>{t('alert.aside.standing')}</h2>
      <dl className="facts">
        <dt>{t('column.state')}</dt>
        <dd className={`state-${alert.state}`}>{alert.stateText}</dd>
        <dt>{t('column.limit')}</dt>
        <dd>{alert.dueText}</dd>
        <dt>{t('column.unit')}</dt>
        <dd>
          <DataText text={alert.recipientName} />
          <small>
            <DataText
              text={[alert.regionName, alert.recipientUnit]
                .filter((part) => part !== '')
                .join(' · ')}
            />
          </small>
        </dd>
        <dt>{t('alert.aside.answerable')}</dt>
        <dd>
          {answerable.length === 0 && '—'}
          {answerable.map(({ role, roleText, unitCode, staffNo }) => (
            <div key={`${role} ${unitCode} ${staffNo ?? ''}`}>
              {roleText} {staffNo ?? t('alert.aside.unit-only')} <small>{unitCode}</small>
            </div>
          ))}
        </dd>
        <dt>{t('column.rule')}</dt>
        <dd>
          <a href="#section-4">{alert.ruleName}</a>
          <small>{`${alert.ruleId} v${alert.ruleVersion}`}</small>
        </dd>
        <dt>{t('fact.since')}</dt>
        <dd>
          <Time at={alert.since} />
        </dd>
        <dt>{t('fact.first')}</dt>
        <dd>
          <Time at={alert.firstAt} />
        </dd>
        {alert.revision > 1 && (
          <>
            <dt>{t('alert.aside.revision')}</dt>
            <dd>{t('alert.history.revision', { number: alert.revision })}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Ground({ detail, case: found }: AsideProps) {
  const { t } = useTranslation();
  const until = detail.restsOnAbsenceUntil;
  return (
    <section className="card">
      <h2>{t('alert.aside.coverage')}</h2>
      <p>
        {until === null ? (
          t('alert.aside.no-absence')
        ) : (
          <>
            {t('alert.aside.absence')} <Time at={until} />
          </>
        )}
      </p>
      {found !== null && <p className="soft">{found.coverageText}</p>}
      <p>
        <Link to="/data-quality">{t('source.open')}</Link>
      </p>
    </section>
  );
}

function Ways({ detail, neighbours }: AsideProps) {
  const { t } = useTranslation();
  const { previous, next, back, place, of } = neighbours;
  return (
    <nav className="card ways" aria-label={t('alert.aside.ways')}>
      <Link to={`/cases/${encodeURIComponent(detail.alert.caseId)}`}>
        {t('alert.aside.case')} <kbd>c</kbd>
      </Link>
      <Link to={back}>
        {t('alert.aside.back')} <kbd>Esc</kbd>
      </Link>
      {previous !== null && (
        <Link to={previous}>
          {t('alert.aside.previous')} <kbd>[</kbd>
        </Link>
      )}
      {next !== null && (
        <Link to={next}>
          {t('alert.aside.next')} <kbd>]</kbd>
        </Link>
      )}
      {place !== null && <span className="soft">{t('alert.aside.place', { place, of })}</span>}
    </nav>
  );
}
