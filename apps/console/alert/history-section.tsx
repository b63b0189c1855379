import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { numberOf } from '../alerts/alert-table.js';
import { AuditList } from '../case/audit-list.js';
import { FindingHistory } from '../case/finding-history.js';
import { langOf } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';
import { LevelTag } from '../parts/level-tag.js';
import { Section } from './section.js';
import type { AlertDetail } from './use-alert.js';

/** What happened to the alert and to the finding under it, what else the case has, and the audit record of each step. */
export function HistorySection({ detail }: { readonly detail: AlertDetail }) {
  const { t } = useTranslation();
  return (
    <Section no={6}>
      <h3>{t('alert.history.alert')}</h3>
      <AlertHistory detail={detail} />
      <h3>{t('alert.history.finding')}</h3>
      <FindingHistory changes={detail.findingHistory} withRule={false} />
      <h3>{t('alert.history.others', { number: detail.others.length })}</h3>
      <Others detail={detail} />
      <details className="fold">
        <summary>{t('alert.history.audit', { number: detail.auditRecords.length })}</summary>
        <AuditList records={detail.auditRecords} />
      </details>
    </Section>
  );
}

function AlertHistory({ detail }: { readonly detail: AlertDetail }) {
  const { t } = useTranslation();
  const { groupedInto } = detail.alert;
  return (
    <>
      <ol className="changes">
        {detail.history.map((event) => (
          <li key={event.eventNo} className={`change-${event.kind}`}>
            <p>
              <b>{event.kindText}</b> <span>{t(`level.${event.level}`)}</span>{' '}
              {event.revision > 1 && (
                <span className="event-mark">
                  {t('alert.history.revision', { number: event.revision })}
                </span>
              )}{' '}
              <Time at={event.at} />{' '}
              <small>
                {t('case.findings.saved')} <Time at={event.savedAt} />
              </small>
            </p>
            <p className="soft">
              {event.reasonText ?? event.reason ?? ''}{' '}
              {t('alert.history.actor', { actor: event.actor })}
            </p>
          </li>
        ))}
      </ol>
      {groupedInto !== null && (
        <p>
          {t('alert.history.grouped')}{' '}
          <Link to={`/alerts/${groupedInto}`}>{numberOf(groupedInto)}</Link>
        </p>
      )}
    </>
  );
}

function Others({ detail }: { readonly detail: AlertDetail }) {
  const { t } = useTranslation();
  if (detail.others.length === 0) return <p className="soft">{t('alert.history.no-others')}</p>;
  return (
    <ul className="others">
      {detail.others.map((other) => (
        <li key={other.alertId}>
          <p>
            <LevelTag level={other.level} text={other.levelText} />{' '}
            <Link to={`/alerts/${other.alertId}`}>{numberOf(other.alertId)}</Link>{' '}
            <span className={`state state-${other.state}`}>{other.stateText}</span>{' '}
            <span>{other.ruleName}</span> <code>{other.ruleId}</code>
          </p>
          <p className="soft" lang={langOf(other.reason)}>
            {other.reason}
          </p>
        </li>
      ))}
    </ul>
  );
}
